-- ARGV 3 lane, 4 requirement, 5 'p' where it is paused, 6 how many leases may be held or '', 7 most
-- lanes. Answers with the lane as it is then: paused, limit, ready, held, open.
local c, none = cold(S), ARGV[5] == '' and ARGV[6] == ''
local lane4
if none then
  -- No rule is nothing to keep: it needs no lane.
  lane4 = R('HGET', DATA, 'l:' .. ARGV[3])
else
  local plan = plan_lanes(ARGV[7])
  lane4 = lane_of(plan, ARGV[3], ARGV[4])
  if not lane4 then return { 'full' } end
  register(plan)
end
if not lane4 then return { 'ok', '', '', '0', '0', '0' } end

local at = rule_at(lane4)
local rules = S.rules or ''
if at then rules = sub(rules, 1, at - 1) .. sub(rules, at + 15) end
if not none then
  local limit = ARGV[6] == '' and '          ' or fmt('%010d', ARGV[6])
  rules = rules .. lane4 .. (ARGV[5] == '' and '-' or 'p') .. limit
end
local l, queued = c.lane_at(lane4 + 0), 0
if rules ~= (S.rules or '') then
  S.rules = rules ~= '' and rules or false
  if S.rules then R('HSET', DATA, 'rules', rules) else R('HDEL', DATA, 'rules') end
  -- What it held back goes to those who wait.
  S.readied[lane4 + 0] = lane4
  c.commit()
end
if l[1] ~= NONE then queued = R('ZCARD', BASE .. 'q:' .. lane4) end
return { S.word or 'ok', ARGV[5], ARGV[6], queued .. '', l[4] .. '', queued + l[4] + l[2] .. '' }
