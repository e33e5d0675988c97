-- ARGV 3 after this number, 4 how many. Answers with the records, in the order of insertion.
local found = {}
for _, id in ipairs(R('ZRANGEBYSCORE', ORDER, '(' .. ARGV[3], '+inf', 'LIMIT', 0, ARGV[4])) do
  local t = cold().get(id)
  if t then found[#found + 1] = record(t) end
end
return found
