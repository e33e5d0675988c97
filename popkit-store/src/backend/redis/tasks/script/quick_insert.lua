-- The way of nearly every insertion of one task, without a table or a function that it does not
-- need: without a unique key, parents, a time or a place in the backlog, in a lane that is known.
-- Where an agent is parked for it, the task goes to who has waited longest. Nothing is written
-- before all of that is known; else insert.lua does it from its beginning.
repeat
  local id, spec = ARGV[5], ARGV[6]
  local backoff = ARGV[11]
  if not backoff or ARGV[12] or tonumber(backoff) then break end
  local found = R('HMGET', DATA, 'm', 'seq', 's:' .. id, 'l:' .. ARGV[7])
  local m, seq = found[1], found[2]
  if WAKE and m and (#m > 45 * (#KEYS - 11) + 37 or byte(m, 37) ~= 45) then break end
  local lane = found[4]
  if not seq or not lane or found[3] then break end
  local nows = ARGV[1]
  if nows == '' then
    local time = R('TIME')
    local micros = time[2]
    nows = time[1] .. (#micros == 6 and micros or sub('000000', #micros + 1) .. micros)
  end
  if m > nows then nows = sub(m, 1, 16) end
  local at = lane * 45 + 37
  local head = sub(m, at + 1, at + 29)
  if head == '' then break end

  -- Who gets it, and who is parked then.
  local who, want, entry, parked, look, looker, deadline, hold, lease, by
  local mark = sub(m, 37, 37)
  if mark ~= '-' then
    -- Of several tasks the most urgent goes first: that is for those who claim from the lanes.
    if head ~= NONE then break end
    parked = 1
    if mark ~= '1' then
      local waits = R('HMGET', DATA, 'parked', 'look', 'looker', 'cut', 'rules')
      parked, look, looker = (waits[1] or 0) + 0, waits[2], waits[3]
      if waits[4] or waits[5] or parked == 0 then break end
    end
    entry = R('ZRANGEBYLEX', BASE .. 'wait', '[' .. lane, '(' .. lane .. ':', 'LIMIT', '0', '1')[1]
    if entry then
      who = sub(entry, 18)
      want = R('HGET', BASE .. 'park', who)
      if not want or sub(want, 15, 30) < nows then break end
      hold, lease, by = string.match(want, '^[^|]*|[^|]*|([^|]*)|([^|]*)|(.*)$', 30)
      deadline = fmt('%016d', nows + lease)
      parked = parked - 1
      if parked == 0 then
        mark = '-'
      elseif looker == who or not look or look == '' or look > deadline or look + 1000000 <= nows + 0 then
        -- One of those who still wait must look at the new lease in time.
        break
      end
    else
      look = look or R('HGET', DATA, 'look')
      -- Nobody may be there who looks at the next timer.
      if not look or look == '' or look + 1000000 <= nows + 0 then break end
    end
  end

  local step, below, major = ARGV[3], 255 - ARGV[9], nil
  seq = seq + 1
  if step == '' then
    major = below * 1099511627776 + seq % 1099511627776
  else
    major = math.min(math.floor(nows / 1000) + below * step, 9e15)
  end
  local cursor, place = sub(m, 17, 28) + 1, fmt('%016d%013d', major, seq)
  local last, count = fmt('%012d', cursor), sub(place, 17)
  local state = (byte(ARGV[10]) == 118 and '+-' or '--') .. lane .. place
  local rest = '||' .. ARGV[10] .. ',' .. nows
  if backoff ~= '' then R('HSET', DATA, 'b:' .. id, backoff) end
  R('ZADD', BASE .. 'order', count, id)
  local event = id .. ' 00000000000000000000 ' .. nows .. ' inserted ' .. place .. ' 0'
  if not who then
    local word = 'ok'
    if WAKE and head == NONE then
      local x = math.floor(lane / 64)
      word = wake(sub(m, 29, 36), string.char(48 + x, 48 + lane - x * 64), '')
    end
    R('ZADD', BASE .. 'q:' .. lane, '0', place .. id)
    if head == NONE or place < head then head = place end
    R('HSET', DATA, 't:' .. id, spec, 'seq', count, 'e:' .. last, event,
      'm', nows .. last .. sub(m, 29, at) .. head .. sub(m, at + 30),
      's:' .. id, 'y' .. state .. last .. rest)
    return { word, { '' } }
  end

  local next = fmt('%012d', cursor + 1)
  state = 'a' .. state .. nows .. ',' .. by .. deadline .. '00000002' .. next .. '000001' .. nows
    .. nows .. nows .. ZERO .. '|' .. hold .. rest
  R('HDEL', BASE .. 'park', who)
  if byte(want, 34) == 124 then
    R('ZREM', BASE .. 'wait', entry)
  else
    local number = sub(want, 1, 13)
    for i = 32, find(want, '|', 32, true) - 1, 2 do
      local x, y = byte(want, i, i + 1)
      R('ZREM', BASE .. 'wait', fmt('%04d', x * 64 + y - 3120) .. number .. who)
    end
  end
  R('ZADD', TIMERS, '0', deadline .. count .. id)
  if mark ~= '-' then R('HSET', DATA, 'parked', fmt('%d', parked)) end
  R('HSET', DATA, 't:' .. id, spec, 'seq', count, 'e:' .. last, '+' .. id .. ' 00000001' .. last
      .. ' ' .. nows .. ' taken ' .. by .. ' 000001 ' .. hold .. '\n' .. event,
    's:' .. id, state,
    'm', nows .. next .. sub(m, 29, 36) .. mark .. sub(m, 38, at + 37)
      .. fmt('%08d', sub(m, at + 38, at + 45) + 1) .. sub(m, at + 46))
  -- It has no time to live yet: who dies before it reads it is swept with its slots.
  R('RPUSH', BASE .. 'in:' .. sub(who, 1, find(who, ':', 1, true) - 1), who .. fmt('\n%d %d %d\n', #id, #state, #spec) .. id .. state .. spec)
  return { 'ok', { '' } }
until true
