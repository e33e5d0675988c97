-- ARGV 3 after this number, 4 how many. Answers with the records, in the order of insertion.
local c, found = cold(S), {}
local ids = R('ZRANGEBYSCORE', BASE .. 'order', '(' .. ARGV[3], '+inf', 'LIMIT', 0, ARGV[4])
for _, id in ipairs(ids) do
  local t = c.get(id)
  if t then found[#found + 1] = c.record(t) end
end
return found
