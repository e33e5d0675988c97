-- ARGV 3 version of the lanes, 4 who waits (HANDLE:NUMBER), 5 holder,agent,lease, 6 lease, 7 lanes,
-- 8 claim, 9 whether it is parked already, 10 how long it may be silent then, 11 '1' where its
-- handle is to be remembered: what it does not read is swept an hour later (release.lua).
local c, who, span = cold(S).parking(), ARGV[4], ARGV[10]
local known = R('HGET', BASE .. 'park', who)
if ARGV[11] == '1' then
  R('ZADD', BASE .. 'slots', '0', nows .. 'in:' .. string.match(who, '^[^:]*'))
  c.more().sweep('')
end
-- Meanwhile it was told something: that lies in its inbox.
if ARGV[9] == '1' and not known then return { 'told', nows } end
if S.version ~= ARGV[3] then
  if known then c.unpark(who) end
  c.write_parked()
  return { 'lanes', S.version, R('HGETALL', BASE .. 'lanes') }
end

c.maintain()
c.flush()
local timers = { TIMERS }
local lease = claim(S, ARGV[7], { ARGV[8] }, ARGV[5], ARGV[6], timers)[1]
if lease then
  R('ZADD', unpack(timers))
  if known then c.unpark(who) end
  c.commit(ARGV[7])
  return { 'lease', nows, lease }
end
if known then
  c.stay(who, known, span)
else
  c.park(who, { ARGV[7], ARGV[5], ARGV[6], ARGV[8] }, span)
end
-- One of those who wait looks at the next timer, the others a little later.
local next, mine = c.next_timer(), '0'
if not next then
  if S.looker == who then S.look, S.looker = nil, nil end
elseif not S.look or S.looker == who or S.look > next or S.look + 1000000 <= S.now then
  S.look, S.looker, mine = next, who, '1'
end
c.commit()
return { 'parked', nows, next or '', mine }
