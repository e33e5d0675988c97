-- How many more leases the rule of a lane allows where so many are held; nil for any number.
local function places(rules, lane, held)
  if not rules then return nil end
  local lane4 = string.format('%04d', lane)
  for at = 1, #rules, 15 do
    if string.sub(rules, at, at + 3) == lane4 then
      if string.byte(rules, at + 4) == 112 then return 0 end
      local limit = string.sub(rules, at + 5, at + 14)
      return limit ~= '          ' and math.max(limit - held, 0) or nil
    end
  end
  return nil
end

-- Claims the lowest scores over the given lanes (two characters each), a task per claim id:
-- one look at the heads of all, then one at each lane that is taken from. `hold` is who holds
-- them: 'holder,agent,lease,'. Answers with the records and the deadline. What was changed before must have
-- been written. `timers` are entries that the caller would add to TIMERS, too.
local function claim(S, wanted, ids, hold, lease, timers)
  local R, fmt, sub, byte, find = redis.call, string.format, string.sub, string.byte, string.find
  local BASE, DATA, NONE, nows, cursor = S.base, S.data, S.NONE, S.nows, S.cursor
  local lanes, texts, out, heads = S.lanes, S.texts, S.out, S.heads
  local best, of, n, rules, left = {}, {}, 0, S.rules, S.rules and {}
  local codes = { byte(wanted, 1, -1) }
  for i = 1, #codes, 2 do
    local lane = codes[i] * 64 + codes[i + 1] - 3120
    local h = lanes[lane] and lanes[lane][1] or sub(heads, lane * 45 + 1, lane * 45 + 29)
    if h ~= NONE and h ~= '' then
      local held = rules and (lanes[lane] and lanes[lane][4] or sub(heads, lane * 45 + 38, lane * 45 + 45) + 0)
      local free = rules and S.places(rules, lane, held)
      if free ~= 0 then
        n = n + 1
        best[n], of[n] = h, lane
        if free then left[lane] = free end
      end
    end
  end
  if n == 0 then return {} end

  local taken, from, queues = {}, {}, {}
  for _ = 1, #ids do
    if n == 0 then break end
    local b, low = 1, best[1]
    for i = 2, n do
      if best[i] < low then b, low = i, best[i] end
    end
    local lane = of[b]
    local queue = queues[lane]
    if not queue then
      queue = { BASE .. 'q:' .. fmt('%04d', lane), 0 }
      -- As many as may be wanted, and one that says where the lane goes on.
      queue[3] = R('ZRANGE', queue[1], 0, #ids - #taken)
      queues[lane] = queue
    end
    local at = queue[2] + 1
    local member, next = queue[3][at], queue[3][at + 1]
    queue[2] = at
    local l = lanes[lane]
    if not l then
      local n = lane * 45
      l = { NONE, sub(heads, n + 30, n + 37) + 0, true, sub(heads, n + 38, n + 45) + 0 }
      lanes[lane] = l
    end
    l[3] = true
    if member then
      local n = #taken + 1
      taken[n], from[n] = sub(member, 30), l
    end
    l[1] = next and sub(next, 1, 29) or NONE
    local free = left and left[lane]
    if free then left[lane] = free - 1 end
    if next and free ~= 1 then
      best[b] = l[1]
    else
      best[b], of[b] = best[n], of[n]
      n = n - 1
    end
  end
  for _, queue in pairs(queues) do
    R('ZREMRANGEBYRANK', queue[1], 0, queue[2] - 1)
  end

  if #taken == 0 then return {} end
  local wants = { DATA }
  for i = 1, #taken do
    wants[2 * i], wants[2 * i + 1] = 's:' .. taken[i], 't:' .. taken[i]
  end
  local found = R('HMGET', unpack(wants))
  local deadline, leases = fmt('%016d', S.now + lease), {}
  local ZERO = '0000000000000000'
  for i = 1, #taken do
    local id = taken[i]
    local s = texts[id] or found[2 * i - 1]
    -- Without a record, which somebody has deleted, there is nothing to hand out.
    if s then
      from[i][4] = from[i][4] + 1
      if byte(s) == 121 then s = S.fresh(s) end
      local fence = sub(s, 37, 52)
      fence = fence < nows and nows or fmt('%016d', fence + 1)
      local token = fence .. ',' .. ids[#leases + 1]
      cursor = cursor + 1
      local numbers = fmt('%08d%012d%06d', sub(s, 102, 109) + 1, cursor, sub(s, 122, 127) + 1)
      local n = #out
      out[n + 1] = fmt('e:%012d', cursor)
      out[n + 2] = id .. ' ' .. sub(s, 102, 121) .. ' ' .. nows .. ' claimed ' .. token .. ' '
        .. sub(numbers, 21) .. ' ' .. deadline .. ' ' .. hold
      local started = sub(s, 144, 159)
      s = 'a' .. sub(s, 2, 36) .. token .. deadline .. numbers .. nows
        .. (started == ZERO and nows or started) .. nows .. ZERO .. '|' .. hold .. sub(s, find(s, '|', 193, true), -1)
      texts[id] = s
      if S.tasks then S.tasks[id] = nil end
      timers[#timers + 1] = '0'
      timers[#timers + 1] = deadline .. sub(s, 24, 36) .. id
      local lease_of = { id, s, found[2 * i] or '' }
      if byte(s, 3) == 43 then
        for flag in string.gmatch(string.match(s, '^[^|]*|[^|]*|[^|]*|([^|]*)', 192), '[crfp]') do
          lease_of[#lease_of + 1] = flag
          lease_of[#lease_of + 1] = R('HGET', DATA, flag .. ':' .. id) or ''
        end
      end
      leases[#leases + 1] = lease_of
    end
  end
  S.cursor = cursor
  if #leases == 0 then return {} end
  return leases, deadline
end
