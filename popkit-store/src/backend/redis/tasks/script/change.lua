-- ARGV 2 id, 3 revision or '', 4 action, 5 who and why, 6 priority, 7 step of the scores,
-- 8 lane, 9 requirement, 10 most lanes.
local t, action = get(ARGV[2]), ARGV[4]
if not t then return { 'none' } end
if ARGV[3] ~= '' and t[2] ~= ARGV[3] then return { 'revision', t[2] } end

local held = t[6] ~= ''
-- From which states, and what it is called in a refusal.
local rules = {
  enqueue = { 'b', 'enqueue' }, cancel = { 'bpaAPr', 'cancel' }, requeue = { 'F', 'requeue' },
  pause = { 'p', 'pause' }, resume = { 'P', held and 'resume' or 'unpause' },
  approve = { 'r', 'approve' }, reject = { 'r', 'reject' }, priority = { 'bpaAPr', 'priority' },
}
local rule = rules[action]
if not string.find(rule[1], t[1], 1, true) then return { 'no', t[1], rule[2] } end

local c, by = cold(), ARGV[5]
if action == 'cancel' then
  c.cancel(t, 't', by)
else
  local text = by
  if action == 'enqueue' then
    t[1], text = 'p', ''
  elseif action == 'requeue' then
    local key = string.find(t[22], 'u', 1, true) and R('HGET', MORE, 'u:' .. t.id)
    local other = key and R('HGET', UNIQ, key)
    if other then return { 'unique', other, key } end
    local plan = plan_lanes(ARGV[10])
    local lane = lane_of(plan, ARGV[8], ARGV[9])
    if not lane then return { 'full' } end
    register(plan)
    t[1], t[5], t[16], t[18], t[20], t[27] = 'p', '0', lane, '', '0', ''
    drop(t, 'p')
  elseif action == 'pause' then
    t[1] = 'P'
  elseif action == 'resume' then
    t[1] = held and 'A' or 'p'
  elseif action == 'approve' then
    t[1], t[27] = 'D', nows
  elseif action == 'reject' then
    t[1] = 'p'
    drop(t, 'r')
    drop(t, 'p')
  else
    t[23], t[15] = ARGV[6], score(ARGV[7], ARGV[6], t[24], sub(t[15], 17))
    text = ARGV[6] .. ' ' .. t[15]
  end
  local past = { enqueue = 'enqueued', requeue = 'requeued', pause = 'paused', resume = 'resumed',
    approve = 'approved', reject = 'rejected', priority = 'reprioritised' }
  event(t, past[action] .. (text == '' and '' or ' ' .. text))
  save(t)
  if t[1] == 'D' then c.release(t) end
end
commit(parked > 0 and next_timer() or nil)
return { 'ok', record(t) }
