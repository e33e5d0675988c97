-- Whether the user may do all that the scripts of tasks and documents do. KEYS[1] is the tasks'
-- DATA, of which the other keys are made: see tasks/script/base.lua. Those of documents are
-- declared, which the server checks before a script begins. Answers with the first command that
-- is refused, and with the key where it is the key that is refused; with nothing where all is
-- allowed.
local COMMANDS = {
  'DEL', 'GET', 'HDEL', 'HEXISTS', 'HGET', 'HGETALL', 'HINCRBY', 'HKEYS', 'HMGET', 'HRANDFIELD', 'HSET',
  'LPUSH', 'LRANGE', 'LTRIM', 'PEXPIRE', 'PEXPIREAT', 'PEXPIRETIME', 'RPUSH', 'SET', 'TIME', 'TYPE',
  'ZADD', 'ZCARD', 'ZRANGE', 'ZRANGEBYLEX', 'ZRANGEBYSCORE', 'ZREM', 'ZREMRANGEBYRANK',
  -- Called by those who wait, who are told nothing without it.
  'BLPOP',
}
local SORTS = { 'tasks', 'q:0000', 'timers', 'lanes', 'edges', 'cut', 'order', 'slots', 'wait', 'park',
  'in:0' }

local base, allowed = string.sub(KEYS[1], 1, -6), redis.acl_check_cmd
-- EVALSHA brought this here; EVAL brings what the server has forgotten.
if not allowed('EVAL', '', 0) then return { 'EVAL', '' } end
for _, command in ipairs(COMMANDS) do
  for _, sort in ipairs(SORTS) do
    -- Twice, because the last argument of some is no key.
    local key = base .. sort
    if not allowed(command, key, key) then return { command, allowed(command) and key or '' } end
  end
end
return {}
