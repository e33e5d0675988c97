-- ARGV 3 id, 4 revision or '', 5 action, 6 who and why, 7 priority, 8 step of the scores,
-- 9 lane, 10 requirement, 11 most lanes.
local c, action, by = cold(), ARGV[5], ARGV[6]
local t = c.get(ARGV[3])
if not t then return { 'none' } end
if ARGV[4] ~= '' and tostring(t[2]) ~= ARGV[4] then return { 'revision', t[2] } end

local held = t.holder ~= ''
-- From which states, and what it is called in a refusal.
local rules = {
  enqueue = { 'b', 'enqueue' }, cancel = { 'bpaAPr', 'cancel' }, requeue = { 'F', 'requeue' },
  pause = { 'p', 'pause' }, resume = { 'P', held and 'resume' or 'unpause' },
  approve = { 'r', 'approve' }, reject = { 'r', 'reject' }, priority = { 'bpaAPr', 'priority' },
}
local rule = rules[action]
if not find(rule[1], t[1], 1, true) then return { 'no', t[1], rule[2] } end

if action == 'cancel' then
  c.cancel(t, 't', by)
else
  local text = by
  if action == 'enqueue' then
    t[1], text = 'p', ''
  elseif action == 'requeue' then
    local key = find(t[10], 'u', 1, true) and R('HGET', MORE, 'u:' .. t.id)
    local other = key and R('HGET', UNIQ, key)
    if other then return { 'unique', other, key } end
    local plan = plan_lanes(ARGV[11])
    local lane = lane_of(plan, ARGV[9], ARGV[10])
    if not lane then return { 'full' } end
    register(plan)
    t[1], t[5], t[9], t[13], t.due, t.abandons = 'p', '0', lane, '', '', '0'
    c.drop(t, 'p')
  elseif action == 'pause' then
    t[1] = 'P'
  elseif action == 'resume' then
    t[1] = held and 'A' or 'p'
  elseif action == 'approve' then
    t[1], t[13] = 'D', nows
  elseif action == 'reject' then
    t[1] = 'p'
    c.drop(t, 'r')
    c.drop(t, 'p')
  else
    t.priority, t[8] = ARGV[7], score(ARGV[8], ARGV[7], t.created, sub(t[8], 17))
    text = ARGV[7] .. ' ' .. t[8]
  end
  local past = { enqueue = 'enqueued', requeue = 'requeued', pause = 'paused', resume = 'resumed',
    approve = 'approved', reject = 'rejected', priority = 'reprioritised' }
  event(t, past[action] .. (text == '' and '' or ' ' .. text))
  c.save(t)
  if t[1] == 'D' then c.release(t) end
end
commit(parked > 0 and next_timer() or nil)
return { 'ok', record(t) }
