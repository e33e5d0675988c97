-- ARGV 3 after this number, 4 how many at most. Answers with whether there may be more, then the
-- records, in the order of insertion: fewer where they are large.
local c, found, size = cold(S), { '' }, 0
local ids = R('ZRANGEBYSCORE', BASE .. 'order', '(' .. ARGV[3], '+inf', 'LIMIT', 0, ARGV[4])
for i, id in ipairs(ids) do
  local t = c.get(id)
  if t then
    local all = c.record(t)
    for j = 1, #all do size = size + #all[j] end
    found[#found + 1] = all
  end
  if i == ARGV[4] + 0 or size > 8388608 then
    found[1] = '1'
    break
  end
end
return found
