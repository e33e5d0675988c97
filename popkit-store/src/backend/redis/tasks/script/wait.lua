-- ARGV 2 version of the lanes, 3 who waits (HANDLE:NUMBER), 4 holder, 5 agent, 6 lease, 7 lanes,
-- 8 claim, 9 whether it is parked already.
local who = ARGV[3]
local want = R('HGET', PARK, who)
-- Meanwhile it was told something: that lies in its inbox.
if ARGV[9] == '1' and not want then return { 'told', nows } end
if (meta[3] or '0') ~= ARGV[2] then
  if want and unpark(who) then
    R('HSET', META, 'parked', parked, 'look', meta[6] or '', 'looker', meta[7] or '')
  end
  return { 'lanes', meta[3] or '0', R('HGETALL', LANES) }
end

local next = maintain()
local leases = claim(ARGV[7], { ARGV[8] }, ARGV[4], ARGV[5], ARGV[6])
if leases[1] then
  if want then unpark(who) end
  commit(next_timer(), ARGV[7])
  return { 'lease', nows, leases[1] }
end
if not want then
  local number = fmt('%013d', R('HINCRBY', META, 'waits', 1))
  want = concat({ number, ARGV[7], ARGV[4], ARGV[5], ARGV[6], ARGV[8] }, '|')
  R('HSET', PARK, who, want)
  local members = {}
  for i = 1, #ARGV[7], 2 do
    local a, b = byte(ARGV[7], i, i + 1)
    members[#members + 1] = 0
    members[#members + 1] = fmt('%04d', a * 64 + b - 3120) .. number .. who
  end
  if #members > 0 then R('ZADD', WAIT, unpack(members)) end
  parked = parked + 1
end
-- One of those who wait looks at the next timer, the others a little later.
local look, mine = tonumber(meta[6] or nil), false
if not next then
  if meta[7] == who then meta[6], meta[7] = false, false end
elseif not look or meta[7] == who or look > tonumber(next) or look + 1000000 <= now then
  meta[6], meta[7], mine = next, who, true
end
commit(next)
return { 'parked', nows, next or '', mine and 1 or 0 }
