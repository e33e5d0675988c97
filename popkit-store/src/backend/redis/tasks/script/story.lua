-- The events of one task, last first: each names the one before it. ARGV 2 id, 3 from this
-- cursor ('' the last one), 4 after this cursor, 5 how many at most. The task's revision and
-- state stand behind the insertion, as in log.lua.
local from, after, found = ARGV[3], tonumber(ARGV[4]), {}
if from == '' then
  local t = get(ARGV[2])
  from = t and t[3] or '0'
end
local left = tonumber(ARGV[5])
while tonumber(from) > after and left > 0 do
  local entry = R('XRANGE', EV, from, from)[1]
  if not entry or entry[2][2] ~= ARGV[2] then break end
  if string.find(entry[2][6], 'inserted', 1, true) == 1 then
    entry[3] = R('HGET', SPEC, ARGV[2]) or ''
  end
  found[#found + 1] = entry
  left = left - 1
  from = string.match(entry[2][4], '^%d+,(%d+),')
end
return { found, tonumber(from) > after and left == 0 and from or '' }
