-- ARGV 3 before this time, 4.. ids. Removes those that have ended by then and that no open task
-- waits for, with their events; answers with how many.
local c, gone = cold(S), 0
for i = 4, #ARGV do
  local id = ARGV[i]
  local t = c.get(id)
  local free = t and c.OVER[t.state] and t.ended < ARGV[3]
  local edges = free and R('ZRANGEBYLEX', BASE .. 'edges', '[' .. id .. ' ', '(' .. id .. '!') or {}
  for _, edge in ipairs(edges) do
    local seq, child = string.match(sub(edge, #id + 3), '^(%d+)%a(.*)$')
    local other = c.get(child)
    if other and not c.OVER[other.state] and c.seq(other) == seq then
      free = false
      break
    end
  end
  if free then
    local at = t.last + 0
    while at > 0 do
      local text = event_at(at, true)
      if not text then break end
      at = string.match(text, '^%S+ %d%d%d%d%d%d%d%d(%d+) ') + 0
    end
    for _, edge in ipairs(edges) do R('ZREM', BASE .. 'edges', edge) end
    R('HDEL', DATA, 's:' .. id, 't:' .. id, 'c:' .. id, 'r:' .. id, 'f:' .. id, 'p:' .. id,
      'u:' .. id, 'b:' .. id)
    R('ZREM', BASE .. 'order', id)
    R('ZREM', TIMERS, t.timer)
    R('ZREM', BASE .. 'cut', id)
    S.counts[t.state] = (S.counts[t.state] or 0) - 1
    S.tasks[id] = nil
    gone = gone + 1
  end
end
if gone > 0 then
  c.write()
  -- Readers of the log begin behind what is gone at its beginning.
  local low = (R('HGET', DATA, 'low') or 0) + 0
  for _ = 1, 4096 do
    if low >= S.cursor or R('HEXISTS', DATA, fmt('e:%012d', low + 1)) == 1 then break end
    low = low + 1
  end
  R('HSET', DATA, 'low', low)
end
return gone
