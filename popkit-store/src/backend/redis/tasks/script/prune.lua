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
      local entry = R('XRANGE', EV, at, at)[1]
      if not entry then break end
      R('XDEL', EV, at)
      at = string.match(entry[2][2], '^%S+ %d%d%d%d%d%d%d%d(%d+) ') + 0
    end
    for _, edge in ipairs(edges) do R('ZREM', BASE .. 'edges', edge) end
    R('HDEL', ST, id)
    R('HDEL', BASE .. 'spec', id)
    R('HDEL', BASE .. 'more', 'c:' .. id, 'r:' .. id, 'e:' .. id, 'p:' .. id, 'u:' .. id, 'b:' .. id)
    R('ZREM', BASE .. 'order', id)
    R('ZREM', TIMERS, t.timer)
    R('ZREM', BASE .. 'cut', id)
    S.counts[t.state] = (S.counts[t.state] or 0) - 1
    S.tasks[id] = nil
    gone = gone + 1
  end
end
if gone > 0 then c.write() end
return gone
