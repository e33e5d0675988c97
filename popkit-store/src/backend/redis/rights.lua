-- Whether the user may do all that the scripts of tasks and documents do. KEYS[1] is the tasks'
-- DATA, of which the other keys are made: see tasks/script/base.lua. Those of documents are
-- declared, which the server checks before a script begins. ARGV[1] is '1' over a wire that cannot
-- block. Answers with the first command that is refused, and with the key where it is the key that
-- is refused; with nothing where all is allowed, or where the service cannot tell.
local COMMANDS = {
  'DEL', 'GET', 'HDEL', 'HEXISTS', 'HGET', 'HGETALL', 'HINCRBY', 'HKEYS', 'HMGET', 'HRANDFIELD', 'HSET',
  'LPUSH', 'LRANGE', 'LTRIM', 'PEXPIRE', 'PEXPIREAT', 'PEXPIRETIME', 'RPUSH', 'SET', 'TIME', 'TYPE',
  'ZADD', 'ZCARD', 'ZRANGE', 'ZRANGEBYLEX', 'ZRANGEBYSCORE', 'ZREM', 'ZREMRANGEBYRANK',
  -- Called by those who wait, who are told nothing without it; and what tells those who poll.
  'BLPOP', 'XADD',
}
local SORTS = { 'tasks', 'q:0000', 'timers', 'lanes', 'edges', 'cut', 'order', 'slots', 'wait', 'park',
  'in:0', 'wake' }
local without = ARGV[1] == '1' and { BLPOP = true, ['in:0'] = true } or { XADD = true, wake = true }

local base, allowed = string.sub(KEYS[1], 1, -6), redis.acl_check_cmd
if not allowed then return {} end
-- EVALSHA brought this here; EVAL brings what the server has forgotten.
if not allowed('EVAL', '', 0) then return { 'EVAL', '' } end
for _, command in ipairs(COMMANDS) do
  for _, sort in ipairs(SORTS) do
    -- Twice, because the last argument of some is no key.
    local key = base .. sort
    if not (without[command] or without[sort] or allowed(command, key, key)) then
      return { command, allowed(command) and key or '' }
    end
  end
end
return {}
