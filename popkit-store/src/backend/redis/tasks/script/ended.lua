-- ARGV 2 before this time, 3 how many, 4 after so many. Answers with records of ended tasks.
local found = {}
local ids = R('ZRANGEBYSCORE', ENDED, '-inf', '(' .. ARGV[2], 'LIMIT', ARGV[4], ARGV[3])
for _, id in ipairs(ids) do
  local t = get(id)
  found[#found + 1] = t and { id, t[1], R('HGET', SPEC, id) or '' } or nil
end
return { #ids, found }
