-- Takes the lease, or holds it for another while.
--
-- KEYS  1 the lease
-- ARGV  1 the token of the term that goes on  2 the token of one that begins  3 milliseconds
--
-- Answers 1 where the term goes on, 2 where one has begun, in which nothing was appended yet, and
-- 0 where somebody else holds the lease.
local holder, answer = redis.call('HGET', KEYS[1], 'holder'), 2
if not holder then
  redis.call('HSET', KEYS[1], 'holder', ARGV[2], 'done', 0)
elseif holder == ARGV[1] then
  answer = 1
elseif holder ~= ARGV[2] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return answer
