-- ARGV 3 before this time, 4 how many, 5 after this entry ('' from the first), 6 '1' where it is
-- wanted what was asked for. Answers with ended tasks, in the order of their end: entry, id,
-- state, what was asked for.
local found = {}
local from = ARGV[5] == '' and '[e' or '(' .. ARGV[5]
local members = R('ZRANGEBYLEX', TIMERS, from, '(e' .. ARGV[3], 'LIMIT', 0, ARGV[4])
for i, member in ipairs(members) do
  local id = sub(member, 31)
  local s = R('HGET', DATA, 's:' .. id)
  local state = s and sub(s, 1, 1) or ''
  found[i] = { member, id, state == 'z' and 'D' or state,
    ARGV[6] == '1' and R('HGET', DATA, 't:' .. id) or '' }
end
return found
