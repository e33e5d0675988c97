-- The log. ARGV 2 after this cursor, 3 how many. An entry: id, fields, what was asked for where
-- it tells of an insertion.
local found = R('XRANGE', EV, '(' .. ARGV[2] .. '-0', '+', 'COUNT', ARGV[3])
for _, entry in ipairs(found) do
  if string.find(entry[2][6], 'inserted', 1, true) == 1 then
    entry[3] = R('HGET', SPEC, entry[2][2]) or ''
  end
end
return found
