-- Takes the lease, or holds it for another while.
--
-- KEYS  1 the lease
-- ARGV  1 the token of the term  2 milliseconds
--
-- Answers 1 where it is held, else 0.
local holder = redis.call('HGET', KEYS[1], 'holder')
if holder and holder ~= ARGV[1] then return 0 end
if not holder then redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'done', 0) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
