-- The events of one task, last first: each names the one before it. ARGV 3 id, 4 from this
-- cursor ('' the last one), 5 after this cursor, 6 how many at most. Answers with entries as
-- log.lua, and where to go on.
local from, after, left, found = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), {}
if from == '' then
  local t = cold(S).get(ARGV[3])
  from = t and t.last or '0'
end
while from + 0 > after and left > 0 do
  local at = fmt('%d', from)
  local entry = R('XRANGE', EV, at, at)[1]
  local text = entry and entry[2][2] or ''
  local id, before, word = string.match(text, '^(%S+) %d%d%d%d%d%d%d%d(%d+) %d+ (%S+)')
  if id ~= ARGV[3] then break end
  found[#found + 1] = { entry[1], text, word == 'inserted' and R('HGET', BASE .. 'spec', id) or nil }
  left, from = left - 1, before
end
return { found, from + 0 > after and left == 0 and from or '' }
