-- A complete+claim with nothing but what it cannot do without: a lease by fence and claim id,
-- a deadline, the order over lanes. No events, no dependants, no rescue, no replay, no counts.
-- KEYS 1 states, 2 held tasks by deadline, 3 what was asked for, 4.. lanes.
-- ARGV 1 held task ('' none), 2 its fence and claim id, 3 holder, 4 claim id, 5 lease.
local R = redis.call
local time = R('TIME')
local now = time[1] * 1000000 + time[2]
if ARGV[1] ~= '' then
  local state = R('HGET', KEYS[1], ARGV[1])
  if not state or string.sub(state, 3, 51) ~= ARGV[2] then return 'lost' end
  R('ZREM', KEYS[2], ARGV[1])
  R('HSET', KEYS[1], ARGV[1], 'D' .. string.sub(state, 2))
end
local best, lane, id
for i = 4, #KEYS do
  local head = R('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')
  local score = tonumber(head[2] or nil)
  if score and (not best or score < best) then best, lane, id = score, KEYS[i], head[1] end
end
if not id then return 'empty' end
R('ZREM', lane, id)
local state = R('HGET', KEYS[1], id)
local lease = string.format('%.0f', now) .. '|' .. ARGV[4]
R('HSET', KEYS[1], id, 'A|' .. lease .. '|' .. ARGV[3] .. string.sub(state, 85))
R('ZADD', KEYS[2], now + ARGV[5], id)
return { id, lease, R('HGET', KEYS[3], id) }
