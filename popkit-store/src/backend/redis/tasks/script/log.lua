-- The log. ARGV 3 after this cursor, 4 how many. An entry: id, text, what was asked for where it
-- tells of an insertion.
local found = {}
for i, entry in ipairs(R('XRANGE', EV, '(' .. ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])) do
  local text = entry[2][2]
  found[i] = { entry[1], text }
  local id = string.match(text, '^(%S+) %d+ %d+ inserted ')
  if id then found[i][3] = R('HGET', BASE .. 'spec', id) or '' end
end
return found
