-- ARGV 3 version of the lanes, 4 who waits (HANDLE:NUMBER), 5 holder, 6 agent, 7 lease, 8 lanes,
-- 9 claim, 10 whether it is parked already.
local who = ARGV[4]
local want = R('HGET', PARK, who)
-- Meanwhile it was told something: that lies in its inbox.
if ARGV[10] == '1' and not want then return { 'told', nows } end
if (meta[3] or '0') ~= ARGV[3] then
  if want and unpark(who) then
    R('HSET', META, 'parked', parked, 'look', look and fmt('%.0f', look) or '', 'looker',
      looker or '')
  end
  return { 'lanes', meta[3] or '0', R('HGETALL', LANES) }
end

local next = maintain()
local leases = claim(ARGV[8], { ARGV[9] }, ARGV[5], ARGV[6], ARGV[7])
if leases[1] then
  if want then unpark(who) end
  commit(next_timer(), ARGV[8])
  return { 'lease', nows, leases[1] }
end
if not want then
  local number = fmt('%013d', R('HINCRBY', META, 'waits', 1))
  want = concat({ number, ARGV[8], ARGV[5], ARGV[6], ARGV[7], ARGV[9] }, '|')
  R('HSET', PARK, who, want)
  local members = {}
  for i = 1, #ARGV[8], 2 do
    local a, b = byte(ARGV[8], i, i + 1)
    members[#members + 1] = 0
    members[#members + 1] = fmt('%04d', a * 64 + b - 3120) .. number .. who
  end
  if #members > 0 then R('ZADD', WAIT, unpack(members)) end
  parked = parked + 1
end
-- One of those who wait looks at the next timer, the others a little later.
local mine = false
if not next then
  if looker == who then look, looker = nil, nil end
elseif not look or looker == who or look > tonumber(next) or look + 1000000 <= now then
  look, looker, mine = tonumber(next), who, true
end
commit(next)
return { 'parked', nows, next or '', mine and 1 or 0 }
