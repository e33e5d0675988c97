-- ARGV 2 after this number, 3 how many. Answers with the records, in the order of insertion.
local found = {}
for _, id in ipairs(R('ZRANGEBYSCORE', ORDER, '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])) do
  local t = get(id)
  if t then found[#found + 1] = record(t) end
end
return found
