-- ARGV 3 before this time, 4 how many, 5 after so many. Answers with ended tasks, in the order
-- of their end: id, state, what was asked for.
local found = {}
local members = R('ZRANGEBYSCORE', TIMERS, fmt('%.0f', FAR), '(' .. fmt('%.0f', FAR + ARGV[3]),
  'LIMIT', ARGV[5], ARGV[4])
for _, member in ipairs(members) do
  local id = sub(member, 14)
  local text = R('HGET', ST, id)
  if text then found[#found + 1] = { id, sub(text, 1, 1), R('HGET', SPEC, id) or '' } end
end
return { #members .. '', found }
