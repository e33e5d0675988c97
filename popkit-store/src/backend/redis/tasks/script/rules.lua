-- Answers with the lanes that something stands in or that have a rule: requirement, paused, limit,
-- ready, held, open.
local lines, rules = {}, {}
for at = 1, #(S.rules or ''), 15 do rules[sub(S.rules, at, at + 3)] = sub(S.rules, at + 4, at + 14) end
for i = 0, (R('HGET', BASE .. 'lanes', 'size') or 0) - 1 do
  local l, lane4 = cold(S).lane_at(i), fmt('%04d', i)
  local rule = rules[lane4]
  if l[1] ~= NONE or l[2] + l[4] > 0 or rule then
    local limit = rule and sub(rule, 2) ~= '          ' and fmt('%d', sub(rule, 2)) or ''
    local queued = l[1] == NONE and 0 or R('ZCARD', BASE .. 'q:' .. lane4)
    lines[#lines + 1] = { R('HGET', BASE .. 'lanes', 'r:' .. lane4) or '',
      rule and sub(rule, 1, 1) == 'p' and 'p' or '', limit, queued .. '', l[4] .. '',
      queued + l[4] + l[2] .. '' }
  end
end
return lines
