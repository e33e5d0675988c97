-- ARGV 3 before this time, 4.. ids. Removes those that have ended by then and that no open task
-- waits for, with their events; answers with how many.
local c, gone = cold(), 0
for i = 4, #ARGV do
  local id = ARGV[i]
  local t = c.get(id)
  local free = t and OVER[t[1]] and tonumber(t[13]) < tonumber(ARGV[3])
  local edges = free and R('ZRANGEBYLEX', EDGES, '[' .. id .. ' ', '(' .. id .. '!') or {}
  for _, edge in ipairs(edges) do
    local seq, child = match(sub(edge, #id + 3), '^(%d+)%a(.*)$')
    local other = c.get(child)
    if other and not OVER[other[1]] and sub(other[8], 17) == seq then
      free = false
      break
    end
  end
  if free then
    local at = tostring(t[3])
    while at and at ~= '0' do
      local entry = R('XRANGE', EV, at, at)[1]
      if not entry then break end
      R('XDEL', EV, at)
      at = match(entry[2][2], '^%S+ %d+ (%d+) ')
    end
    for _, edge in ipairs(edges) do R('ZREM', EDGES, edge) end
    R('HDEL', ST, id)
    R('HDEL', SPEC, id)
    R('HDEL', MORE, 'c:' .. id, 'r:' .. id, 'e:' .. id, 'p:' .. id, 'u:' .. id, 'b:' .. id)
    R('ZREM', ORDER, id)
    R('ZREM', TIMERS, sub(t[8], 17) .. id)
    R('ZREM', CUT, id)
    counts[t[1]] = (counts[t[1]] or 0) - 1
    tasks[id] = nil
    gone = gone + 1
  end
end
if gone > 0 then write() end
return gone
