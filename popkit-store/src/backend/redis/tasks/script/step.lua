-- ARGV 3 request, 4 version of the lanes, 5 holder,agent,lease, 6 lease, 7 lanes, 8 claims, then their
-- ids, then finishes: id, token, what.
local seen, version = found[5], S.version

if seen and sub(seen, 1, #request) == request then
  local time, answers, ids = string.match(seen, '^%S+ (%d+)\n([^\n]*)\n(.*)$')
  local c, reply = cold(S), { 'ok', nows, '', answers }
  reply[3] = c.next_timer() or ''
  for id, fence in string.gmatch(ids, '(%S+) ?(%d*)\n') do
    local t = c.get(id)
    -- Leases that were lost since are left out.
    if t and t.holder ~= '' and sub(t.token, 1, 16) == (fence == '' and time or fence) then c.add(reply, c.record(t)) end
  end
  return reply
end
if wanted > 0 and version ~= ARGV[4] then
  return { 'lanes', version, R('HGETALL', BASE .. 'lanes') }
end

local finished, lanes, texts, counts, timers = {}, S.lanes, S.texts, S.counts, { TIMERS }
local heads, out, state_at = S.heads, S.out, 5
for i = 9 + wanted, #ARGV, 3 do
  local id, token, what = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  state_at = state_at + 1
  local s = byte(what) == 100 and not texts[id] and not S.cold and not S.rules and found[state_at]
  local state = s and byte(s)
  if s and (state == 97 or state == 65) and byte(s, 2) == 45 and sub(s, 37, 85) == token then
    -- Done, without review, unique key, dependants or an older result: most leases end so.
    local member, lane, mark = sub(s, 24, 36) .. id, sub(s, 4, 7) + 0, sub(s, 2, 36)
    local cursor = S.cursor + 1
    S.cursor = cursor
    local n = #out
    out[n + 1] = fmt('e:%012d', cursor)
    out[n + 2] = id .. ' ' .. sub(s, 102, 121) .. ' ' .. nows .. ' completed ' .. sub(what, 2)
    local rest = sub(s, find(s, '|', find(s, '|', 193, true) + 1, true), -1)
    if #what > 1 then
      out[n + 3], out[n + 4] = 'r:' .. id, sub(what, 2)
      mark, rest = '++' .. sub(s, 4, 36), string.gsub(rest, '^|', '|r', 1)
    end
    R('ZREM', TIMERS, sub(s, 86, 101) .. member)
    timers[#timers + 1] = '0'
    timers[#timers + 1] = 'e' .. nows .. member
    texts[id] = 'z' .. mark .. token .. fmt('%08d%012d', sub(s, 102, 109) + 1, cursor)
      .. sub(s, 122, 159) .. nows .. rest
    local l = lanes[lane]
    if not l then
      local at = lane * 45
      l = { sub(heads, at + 1, at + 29), sub(heads, at + 30, at + 37) + 0, true,
        sub(heads, at + 38, at + 45) + 0 }
      lanes[lane] = l
    end
    l[3], l[4] = true, l[4] - 1
    if state == 65 then counts.A = (counts.A or 0) - 1 end
    finished[#finished + 1] = 'ok D'
  else
    -- What was finished before stands where the indexes expect it.
    if #timers > 1 then
      R('ZADD', unpack(timers))
      timers = { TIMERS }
    end
    finished[#finished + 1] = cold(S).more().finish(id, token, what)
  end
end

local first = R('ZRANGE', TIMERS, '0', '0')[1]
local next = first and byte(first) ~= 101 and sub(first, 1, 16) or nil
if S.cut or (next and next <= nows) then next = cold(S).maintain() end
local leases, deadline = {}, nil
if wanted > 0 then
  if S.cold then S.cold.flush() end
  leases, deadline = claim(S, ARGV[7], { unpack(ARGV, 9, 8 + wanted) }, ARGV[5], ARGV[6], timers)
  if deadline and (not next or deadline < next) then next = deadline end
end
if #timers > 1 then R('ZADD', unpack(timers)) end

local answers = #finished == 1 and finished[1] or table.concat(finished, ';')
local reply = { 'ok', nows, next or '', answers }
local field, kept = nil, nil
if #finished > 0 or #leases > 0 then
  field, kept = ARGV[2], request .. ' ' .. nows .. '\n' .. answers .. '\n'
  for i = 1, #leases do
    local lease = leases[i]
    kept = kept .. lease[1] .. ' ' .. sub(lease[2], 37, 52) .. '\n'
    -- Flat, because a list within a list costs the server much: how many parts, then the parts.
    local n = #reply
    reply[n + 1] = #lease
    for j = 1, #lease do reply[n + 1 + j] = lease[j] end
  end
  -- A slot that begins finds out whether others have ended.
  if not seen then
    R('ZADD', BASE .. 'slots', '0', nows .. field)
    cold(S).more().sweep(field)
  end
end
if S.cold or S.parked > 0 then
  cold(S).commit(ARGV[7], field, kept)
else
  write(S, field, kept)
end
if S.word then reply[1] = S.word end
return reply
