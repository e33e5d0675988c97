-- The way of nearly every step, without a table or a function that it does not need: one lease
-- ends as done, without review, unique key, dependants or an older result, and one task is
-- claimed that has nothing kept beside it, while nobody is parked and nothing is due. Nothing is
-- written before all of that is known; else step.lua does the step from its beginning.
repeat
  local id, token, result = ARGV[10], ARGV[11], ARGV[12]
  if ARGV[8] ~= '1' or not result or ARGV[13] or byte(result) ~= 100 then break end
  local found = R('HMGET', DATA, 'm', 's:' .. id, ARGV[2])
  local m, s = found[1], found[2]
  -- A step that is repeated has ended its lease: it needs no further look here. A slot that
  -- begins goes the long way, which looks for slots that have ended.
  if not s or not found[3] or byte(m, 37) ~= 45 or (WAKE and #m > 45 * (#KEYS - 11) + 37) or sub(m, 29, 36) ~= ARGV[4] or byte(s) ~= 97
    or byte(s, 2) ~= 45 or sub(s, 37, 85) ~= token then
    break
  end
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
  local fence = sub(t, 37, 52)
  fence = fence < nows and nows or fmt('%016d', fence + 1)
  -- The last event of the one and of the other, and its deadline; what most revisions and
  -- attempts grow to is not worth a print.
  local numbers = fmt('%012d%012d%016d', cursor, cursor + 1, nows + ARGV[6])
  local ended, last, deadline = sub(numbers, 1, 12), sub(numbers, 13, 24), sub(numbers, 25)
  local old, new_old, attempt = sub(s, 102, 109), sub(t, 102, 109), sub(t, 122, 127)
  ended = (old == '00000002' and '00000003' or fmt('%08d', old + 1)) .. ended
  attempt = attempt == '000000' and '000001' or fmt('%06d', attempt + 1)
  local numbered = (new_old == '00000001' and '00000002' or fmt('%08d', new_old + 1)) .. last
    .. attempt
  local taken = fence .. ',' .. ARGV[9]
  local hold = ARGV[5] .. ',' .. ARGV[6] .. ','
  R('ZADD', TIMERS, '0', deadline .. sub(first, 17), '0', 'e' .. nows .. member)

  -- What is behind the times of m: the lanes.
  local head = second and sub(second, 1, 29) or NONE
  if at == from then
    m = sub(m, 29, at) .. head .. fmt('%08d', sub(m, at + 30, at + 37) - 1) .. sub(m, at + 38)
  else
    m = sub(m, 1, from) .. head .. sub(m, from + 30, from + 37)
      .. fmt('%08d', sub(m, from + 38, from + 45) + 1) .. sub(m, from + 46)
    m = sub(m, 29, at + 29)
      .. fmt('%08d%08d', sub(m, at + 30, at + 37) - 1, sub(m, at + 38, at + 45) - 1)
      .. sub(m, at + 46)
  end

  local kept, rest = sub(s, 2, 85), sub(s, find(s, '|', find(s, '|', 193, true) + 1, true), -1)
  result = sub(result, 2)
  if result ~= '' then
    kept, rest = '++' .. sub(s, 4, 85), '|r' .. sub(rest, 2)
    R('HSET', DATA, 'r:' .. id, result)
  end
  local started = sub(t, 176, 191)
  local state = 'a' .. sub(t, 2, 36) .. taken .. deadline .. numbered .. nows .. ZERO
    .. nows .. (started == ZERO and nows or started) .. '|' .. hold
    .. sub(t, find(t, '|', 193, true), -1)
  R('HSET', DATA,
    's:' .. id, 'D' .. kept .. ZERO .. ended .. sub(s, 122, 127) .. nows .. nows
      .. sub(s, 160, 191) .. '||' .. token .. ',d' .. rest,
    fmt('e:%d', cursor),
    id .. ' ' .. sub(s, 102, 121) .. ' ' .. nows .. ' completed ' .. result,
    's:' .. new, state,
    fmt('e:%d', cursor + 1),
    new .. ' ' .. sub(t, 102, 121) .. ' ' .. nows .. ' claimed ' .. taken .. ' '
      .. attempt .. ' ' .. deadline .. ' ' .. hold,
    'm', nows .. last .. m,
    ARGV[2], ARGV[3] .. ' ' .. nows .. '\nok D\n' .. new .. ' ' .. taken .. '\n')
  if next and byte(next) ~= 101 and next < deadline then deadline = sub(next, 1, 16) end
  -- One text costs less than a list: no part but the last has a line end.
  return nows .. '\n' .. deadline .. '\n' .. new .. '\n' .. state .. '\n' .. (task[2] or '')
until true
