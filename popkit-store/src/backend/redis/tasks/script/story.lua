-- The events of one task, last first: each names the one before it. ARGV 3 id, 4 from this
-- cursor ('' the last one), 5 after this cursor, 6 how many at most. Answers with entries as
-- log.lua, and where to go on.
local from, after, left, found = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), {}
if from == '' then
  local t = cold().get(ARGV[3])
  from = t and t[3] or '0'
end
while tonumber(from) > after and left > 0 do
  local entry = R('XRANGE', EV, from, from)[1]
  local text = entry and entry[2][2] or ''
  local id, before, word = match(text, '^(%S+) %d+ (%d+) %d+ (%S+)')
  if id ~= ARGV[3] then break end
  found[#found + 1] = { entry[1], text, word == 'inserted' and R('HGET', SPEC, id) or nil }
  left, from = left - 1, before
end
return { found, tonumber(from) > after and left == 0 and from or '' }
