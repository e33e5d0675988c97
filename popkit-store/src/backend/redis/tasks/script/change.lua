-- ARGV 3 id, 4 revision or '', 5 action, 6 who and why, 7 priority, 8 step of the scores,
-- 9 lane, 10 requirement, 11 most lanes.
local c, action, by = cold(S).more(), ARGV[5], ARGV[6]
local t = c.get(ARGV[3])
if not t then return { 'none' } end
if ARGV[4] ~= '' and t.revision ~= ARGV[4] + 0 then return { 'revision', t.revision .. '' } end

local held = t.holder ~= ''
-- From which states, and what it is called in a refusal.
local rules = {
  enqueue = { 'b', 'enqueue' }, cancel = { 'bpaAPr', 'cancel' }, requeue = { 'F', 'requeue' },
  pause = { 'p', 'pause' }, resume = { 'P', held and 'resume' or 'unpause' },
  approve = { 'r', 'approve' }, reject = { 'r', 'reject' }, priority = { 'bpaAPr', 'priority' },
}
local rule = rules[action]
if not find(rule[1], t.state, 1, true) then return { 'no', t.state, rule[2] } end

if action == 'cancel' then
  c.cancel(t, 't', by)
else
  local text = by
  if action == 'enqueue' then
    t.state, text = 'p', ''
  elseif action == 'requeue' then
    local key = find(t.flags, 'u', 1, true) and R('HGET', DATA, 'u:' .. t.id)
    local other = key and R('HGET', DATA, 'k:' .. key)
    if other then return { 'unique', other, key } end
    local plan = plan_lanes(ARGV[11])
    local lane = lane_of(plan, ARGV[9], ARGV[10])
    if not lane then return { 'full' } end
    register(plan)
    t.state, t.attempt, t.lane, t.ended, t.due, t.abandons = 'p', 0, lane, ZERO, '', '0'
    c.drop(t, 'p')
  elseif action == 'pause' then
    t.state = 'P'
  elseif action == 'resume' then
    t.state = held and 'A' or 'p'
  elseif action == 'approve' then
    t.state, t.ended = 'D', nows
  elseif action == 'reject' then
    t.state = 'p'
    c.drop(t, 'r')
    c.drop(t, 'p')
  else
    t.priority, t.score = ARGV[7], score(ARGV[8], ARGV[7], t.created, c.seq(t))
    text = ARGV[7] .. ' ' .. t.score
  end
  local past = { enqueue = 'enqueued', requeue = 'requeued', pause = 'paused', resume = 'resumed',
    approve = 'approved', reject = 'rejected', priority = 'reprioritised' }
  c.event(t, past[action] .. (text == '' and '' or ' ' .. text))
  c.save(t)
  if t.state == 'D' then c.release(t) end
end
c.commit()
return { S.word or 'ok', c.record(t) }
