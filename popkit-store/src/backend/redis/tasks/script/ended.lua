-- ARGV 3 before this time, 4 how many, 5 after so many. Answers with ended tasks, in the order
-- of their end: id, state, what was asked for.
local found = {}
local members = R('ZRANGEBYLEX', TIMERS, '[e', '(e' .. ARGV[3], 'LIMIT', ARGV[5], ARGV[4])
for _, member in ipairs(members) do
  local id = sub(member, 31)
  local s = R('HGET', DATA, 's:' .. id)
  if s then found[#found + 1] = { id, sub(s, 1, 1), R('HGET', DATA, 't:' .. id) or '' } end
end
return { #members .. '', found }
