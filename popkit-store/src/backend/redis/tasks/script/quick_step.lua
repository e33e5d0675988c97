-- The way of nearly every step, without a table or a function that it does not need: one lease
-- ends as done, without review, unique key, dependants or an older result, and one task is
-- claimed that has nothing kept beside it, while nobody is parked and nothing is due. Nothing is
-- written before all of that is known; else step.lua does the step from its beginning. What it
-- costs are its commands and its strings, by their bytes: the server hashes each.
repeat
  local id, token, result, hold = ARGV[10], ARGV[11], ARGV[12], ARGV[5]
  if ARGV[8] ~= '1' or not result or ARGV[13] or byte(result) ~= 100 then break end
  local found = R('HMGET', DATA, 'm', 's:' .. id, ARGV[2])
  local m, s = found[1], found[2]
  -- A step that is repeated has ended its lease: it needs no further look here. A slot that
  -- begins goes the long way, which looks for slots that have ended.
  if not s or not found[3] or byte(m, 37) ~= 45 or (WAKE and #m > 45 * (#KEYS - 11) + 37) or sub(m, 29, 36) ~= ARGV[4] then
    break
  end
  local letter, mark = byte(s, 1, 2)
  if letter ~= 97 or mark ~= 45 or find(s, token, 37, true) ~= 37 then break end
  local nows = ARGV[1]
  if nows == '' then
    local time = R('TIME')
    local micros = time[2]
    nows = time[1] .. (#micros == 6 and micros or sub('000000', #micros + 1) .. micros)
  end
  -- The store's time, which m begins with, never goes back.
  if m > nows then nows = sub(m, 1, 16) end

  local member = sub(s, 24, 36) .. id
  local timer = sub(s, 86, 101) .. member
  local due = R('ZRANGE', TIMERS, '0', '1')
  local next = due[1]
  if not next or sub(next, 1, 16) <= nows then break end
  if next == timer then next = due[2] end

  -- The lane with the lowest head, and where it stands in m.
  local wanted, best, lane, from = ARGV[7], NONE, nil, nil
  for i = 1, #wanted, 2 do
    local x, y = byte(wanted, i, i + 1)
    local n = x * 64 + y - 3120
    local head = sub(m, n * 45 + 38, n * 45 + 66)
    if head ~= NONE and head ~= '' and (best == NONE or head < best) then best, lane = head, n end
  end
  if not lane then break end
  from = lane * 45 + 37
  local ended_lane = sub(s, 4, 7)
  local at = ended_lane * 45 + 37
  local queue = BASE .. 'q:' .. (at == from and ended_lane or fmt('%04d', lane))
  local ready = R('ZRANGE', queue, '0', '1')
  local first, second = ready[1], ready[2]
  if not first then break end
  local new = sub(first, 30)
  local task = R('HMGET', DATA, 's:' .. new, 't:' .. new)
  local t = task[1]
  if not t or byte(t, 3) ~= 45 then break end

  R('ZREMRANGEBYRANK', queue, '0', '0')
  R('ZREM', TIMERS, timer)
  local cursor = sub(m, 17, 28) + 1
  -- The last event of the one and of the other, and its deadline; what most revisions grow to is
  -- not worth a print.
  local numbers = fmt('%012d%012d%016d', cursor, cursor + 1, nows + ARGV[6])
  local ended, last, deadline = sub(numbers, 1, 12), sub(numbers, 13, 24), sub(numbers, 25)
  R('ZADD', TIMERS, '0', deadline .. sub(first, 17), '0', 'e' .. nows .. member)

  -- The claim: the state, and its event.
  local state, event, fence
  if byte(t) == 121 then
    fence = nows
    state = 'a' .. sub(t, 2, 36) .. nows .. ',' .. ARGV[9] .. deadline .. '00000002' .. last
      .. '000001' .. nows .. nows .. nows .. ZERO .. '|' .. hold .. sub(t, 49)
    event = '+' .. new .. ' 00000001' .. sub(t, 37, 48) .. ' ' .. nows .. ' taken ' .. ARGV[9]
      .. ' 000001 ' .. hold
  else
    local attempt, started = fmt('%06d', sub(t, 122, 127) + 1), sub(t, 144, 159)
    fence = sub(t, 37, 52)
    fence = fence < nows and nows or fmt('%016d', fence + 1)
    local taken = fence .. ',' .. ARGV[9]
    state = 'a' .. sub(t, 2, 36) .. taken .. deadline .. fmt('%08d', sub(t, 102, 109) + 1) .. last
      .. attempt .. nows .. (started == ZERO and nows or started) .. nows .. ZERO .. '|' .. hold
      .. sub(t, find(t, '|', 193, true), -1)
    event = '+' .. new .. ' ' .. sub(t, 102, 121) .. ' ' .. nows .. ' claimed ' .. taken .. ' '
      .. attempt .. ' ' .. deadline .. ' ' .. hold
    t = state
  end

  -- What is behind the times of m: the lanes.
  local head = second and sub(second, 1, 29) or NONE
  if at == from then
    m = nows .. last .. sub(m, 29, at) .. head .. sub(m, at + 30)
  else
    m = sub(m, 1, from) .. head .. sub(m, from + 30, from + 37)
      .. fmt('%08d', sub(m, from + 38, from + 45) + 1) .. sub(m, from + 46)
    m = nows .. last .. sub(m, 29, at + 37) .. fmt('%08d', sub(m, at + 38, at + 45) - 1)
      .. sub(m, at + 46)
  end

  local old, kept, rest = sub(s, 102, 109), sub(s, 2, 36), find(s, '|', 193, true) + 1
  rest = sub(s, byte(s, rest) == 124 and rest or find(s, '|', rest, true))
  result = sub(result, 2)
  if result ~= '' then
    kept, rest = '++' .. sub(s, 4, 36), '|r' .. sub(rest, 2)
    R('HSET', DATA, 'r:' .. id, result)
  end
  R('HSET', DATA,
    's:' .. id, 'z' .. kept .. token .. (old == '00000002' and '00000003' or fmt('%08d', old + 1))
      .. ended .. sub(s, 122, 159) .. nows .. rest,
    'e:' .. ended, event .. '\n' .. id .. ' ' .. sub(s, 102, 121) .. ' ' .. nows .. ' completed '
      .. result,
    's:' .. new, state,
    'm', m,
    ARGV[2], ARGV[3] .. ' ' .. nows .. '\nok D\n' .. new
      .. (fence == nows and '\n' or ' ' .. fence .. '\n'))
  if next and byte(next) ~= 101 and next < deadline then deadline = sub(next, 1, 16) end
  -- One text costs less than a list: no part but the last has a line end.
  return nows .. '\n' .. deadline .. '\n' .. new .. '\n' .. t .. '\n' .. (task[2] or '')
until true
