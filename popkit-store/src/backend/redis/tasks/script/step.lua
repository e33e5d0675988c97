-- ARGV 3 request, 4 version of the lanes, 5 holder,agent, 6 lease, 7 lanes, 8 claims, then their
-- ids, then finishes: id, token, what.
local wanted, request, seen = ARGV[8] + 0, ARGV[3], meta[8]

if seen and sub(seen, 1, #request) == request then
  local answers, tokens = string.match(seen, '^[^\n]*\n([^\n]*)\n(.*)$')
  local c, finished, leases = cold(), {}, {}
  for answer in string.gmatch(answers, '[^;]+') do finished[#finished + 1] = answer end
  for id, token in string.gmatch(tokens, '(%S+) (%S+)\n') do
    local t = c.get(id)
    -- Leases that were lost since are left out.
    if t and t.holder ~= '' and t.token == token then leases[#leases + 1] = c.record(t) end
  end
  return { 'ok', nows, c.next_timer() or '', finished, leases }
end
if wanted > 0 and (meta[3] or '0') ~= ARGV[4] then
  return { 'lanes', meta[3] or '0', R('HGETALL', BASE .. 'lanes') }
end

local finished = {}
for i = 9 + wanted, #ARGV, 3 do
  local id, token, what = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local s = byte(what) == 100 and not texts[id] and not tasks[id] and R('HGET', ST, id)
  local state = s and byte(s)
  if s and (state == 97 or state == 65) and byte(s, 2) == 45 and sub(s, 37, 85) == token then
    -- Done, without review, unique key, dependants or an older result: most leases end so.
    local seq, lane, mark = sub(s, 24, 36), sub(s, 4, 7) + 0, sub(s, 2, 36)
    cursor = cursor + 1
    local numbers = fmt('%08d%012d', sub(s, 102, 109) + 1, cursor)
    R('XADD', EV, cursor .. '-0', 'e', id .. ' ' .. sub(numbers, 1, 8) .. ' ' .. sub(s, 110, 121)
      .. ' ' .. nows .. ' completed ' .. sub(what, 2))
    local rest = sub(s, find(s, '|', find(s, '|', 193, true) + 1, true), -1)
    if #what > 1 then
      R('HSET', BASE .. 'more', 'r:' .. id, sub(what, 2))
      mark, rest = '++' .. sub(s, 4, 36), string.gsub(rest, '^|', '|r', 1)
    end
    R('ZREM', TIMERS, sub(s, 86, 101) .. seq .. id)
    R('ZADD', TIMERS, 0, 'e' .. nows .. seq .. id)
    texts[id] = 'D' .. mark .. token .. ZERO .. numbers .. sub(s, 122, 127) .. nows .. nows
      .. sub(s, 160, 191) .. '||' .. token .. ',d' .. rest
    local l = lanes[lane]
    if not l then
      heads = heads or R('GET', HEADS)
      l = { sub(heads, lane * 37 + 1, lane * 37 + 29), sub(heads, lane * 37 + 30, lane * 37 + 37) + 0 }
      lanes[lane] = l
    end
    l[2], l[3] = l[2] - 1, true
    local p = state == 97 and 'a' or 'A'
    counts[p] = (counts[p] or 0) - 1
    counts.D = (counts.D or 0) + 1
    finished[#finished + 1] = 'ok D'
  else
    finished[#finished + 1] = cold().finish(id, token, what)
  end
end

local first = R('ZRANGE', TIMERS, 0, 0)[1]
local next = first and byte(first) ~= 101 and sub(first, 1, 16) or nil
if meta[4] or (next and next <= nows) then next = cold().maintain() end
local leases, deadline = {}, nil
if wanted > 0 then
  if cold_made then cold_made.flush() end
  leases, deadline = claim(ARGV[7], { unpack(ARGV, 9, 8 + wanted) }, ARGV[5], ARGV[6])
  if deadline and (not next or deadline < next) then next = deadline end
end

local field, reply = nil, nil
if #finished > 0 or #leases > 0 then
  field, reply = ARGV[2], request .. ' ' .. nows .. '\n' .. table.concat(finished, ';') .. '\n'
  for i = 1, #leases do
    reply = reply .. leases[i][1] .. ' ' .. sub(leases[i][2], 37, 85) .. '\n'
  end
  -- About every fifty steps.
  if cursor % 100 < 2 then cold().sweep() end
end
if cold_made or parked > 0 then
  cold().commit(ARGV[7], field, reply)
  return { 'ok', nows, next or '', finished, leases }
end

local values = { ST }
for id, s in pairs(texts) do
  values[#values + 1] = id
  values[#values + 1] = s
end
if #values > 1 then R('HSET', unpack(values)) end
for n, l in pairs(lanes) do
  if l[3] then R('SETRANGE', HEADS, n * 37, l[1] .. fmt('%08d', l[2])) end
end
values = { META, 'now', nows, 'cursor', cursor }
if field then
  values[6], values[7] = field, reply
end
for p, change in pairs(counts) do
  if change ~= 0 then
    local had = p == 'y' and meta[6] or p == 'D' and (meta[7] or 0)
    if had then
      values[#values + 1] = 'n:' .. p
      values[#values + 1] = had + change
    else
      R('HINCRBY', META, 'n:' .. p, change)
    end
  end
end
R('HSET', unpack(values))
return { 'ok', nows, next or '', finished, leases }
