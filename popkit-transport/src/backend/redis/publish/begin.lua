-- What publishing and importing begin with. The keys of a channel and how much of it is kept come
-- first:
--
-- KEYS  1 the log  2 its head  3 the latest values  4 their changes  5 the caller's own
-- ARGV  1 the epoch of a log that begins here  2 messages, 3 bytes, 4 milliseconds to keep;
--       0: no bound
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- The head. `end` is `EPOCH.MS-N BYTES BASE KEPT`: the log's number and the id of its last entry
-- (`0000000000000000.0-0` where no log has begun), what was ever added, what of it was gone at the
-- last look, the time of the last upkeep. `changes` is the id of the last change of a latest value.
local found = redis.call('HMGET', KEYS[2], 'end', 'changes')

local function digits(number) return string.format('%.0f', number) end
