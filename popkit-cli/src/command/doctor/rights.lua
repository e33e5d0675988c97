local s, h, z, x, l = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local calls = {
  { 'SET', s, 'v' }, { 'GET', s }, { 'SETRANGE', s, 0, 'w' },
  { 'HSET', h, 'f', '1' }, { 'HGET', h, 'f' }, { 'HMGET', h, 'f' }, { 'HGETALL', h },
  { 'HINCRBY', h, 'f', 1 }, { 'HLEN', h }, { 'HRANDFIELD', h }, { 'HDEL', h, 'g' },
  { 'ZADD', z, 1, 'm' }, { 'ZRANGE', z, 0, -1 }, { 'ZRANGEBYSCORE', z, 0, 2 },
  { 'ZRANGEBYLEX', z, '-', '+' }, { 'ZCARD', z }, { 'ZLEXCOUNT', z, '-', '+' },
  { 'ZSCORE', z, 'm' }, { 'ZREM', z, 'n' },
  { 'XADD', x, '*', 'f', 'v' }, { 'XRANGE', x, '-', '+' }, { 'XREAD', 'STREAMS', x, '0' },
  { 'XLEN', x }, { 'XINFO', 'STREAM', x }, { 'XDEL', x, '1-1' }, { 'XTRIM', x, 'MAXLEN', 9 },
  { 'LPUSH', l, 'v' }, { 'RPUSH', l, 'v' }, { 'LRANGE', l, 0, -1 }, { 'LTRIM', l, 0, 9 },
  { 'LLEN', l }, { 'LPOP', l },
  { 'PEXPIRE', s, 60000 }, { 'PTTL', s }, { 'PEXPIRETIME', s }, { 'TYPE', s }, { 'EXISTS', s },
  { 'TIME' }, { 'SCAN', 0, 'COUNT', 1 },
  { 'PUBLISH', ARGV[1], 'doctor' },
}
for _, key in ipairs(KEYS) do calls[#calls + 1] = { 'DEL', key } end
local rules, seen = {}, {}
local function need(rule)
  if not seen[rule] then
    seen[rule] = true
    rules[#rules + 1] = rule
  end
end
for _, call in ipairs(calls) do
  local answer = redis.pcall(unpack(call))
  local why = type(answer) == 'table' and answer.err or ''
  if string.find(why, 'run this command', 1, true) then
    local name = string.lower(call[1])
    if name == 'xinfo' then name = 'xinfo|stream' end
    need('+' .. name)
  elseif string.find(why, 'key', 1, true) and string.find(why, 'access', 1, true) then
    need('~pop:*')
  elseif string.find(why, 'channel', 1, true) then
    need('&pop:*')
  end
end
return rules
