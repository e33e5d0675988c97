-- What most calls do not need: its functions are made when the first of them is called. They
-- work with fields by name.
local cold_made
local function cold()
  if cold_made then return cold_made end
  local c = {}
  cold_made = c

  function narrow(t)
    t[6] = t.holder ~= '' and concat({ t.holder, t.agent, t.claim, t.deadline, t.length,
      t.suspect }, ',') or ''
    t[7] = t.how ~= '' and t.end_fence .. ',' .. t.end_claim .. ',' .. t.how or ''
    t[15] = concat({ t.open, t.due, t.max, t.abandons, t.max_abandons, t.priority, t.created }, ',')
    t.wide = nil
  end

  local function place_of(t)
    if t[1] ~= 'p' then return t[1] end
    return t.open ~= '0' and 'k' or t.due ~= '' and 'd' or 'y'
  end

  local function timer_of(t, p)
    return t.holder ~= '' and t.deadline or p == 'd' and t.due
      or OVER[p] and fmt('%.0f', FAR + t[13]) or ''
  end

  local function widen(t)
    if t.wide then return t end
    local hold, last = '^([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),(.*)$', '^([^,]*),([^,]*),(.*)$'
    t.holder, t.agent, t.claim, t.deadline, t.length, t.suspect = match(t[6], hold)
    if not t.holder then
      t.holder, t.agent, t.claim, t.deadline, t.length, t.suspect = '', '', '', '', '', ''
    end
    t.end_fence, t.end_claim, t.how = match(t[7], last)
    if not t.how then t.end_fence, t.end_claim, t.how = '', '', '' end
    t.open, t.due, t.max, t.abandons, t.max_abandons, t.priority, t.created =
      match(t[15], '^([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),(.*)$')
    t.wide = true
    -- Where the indexes have it.
    t.place, t.score = place_of(t), t[8]
    t.timer = timer_of(t, t.place)
    return t
  end

  function c.take(id, text)
    local t = { match(text, FIELDS) }
    t.id = id
    tasks[id] = t
    return widen(t)
  end

  -- The task with this id, or nil.
  function c.get(id)
    local t = tasks[id]
    if t then return widen(t) end
    local text = R('HGET', ST, id)
    return text and c.take(id, text) or nil
  end

  -- Moves a changed task between the indexes.
  function c.save(t)
    local p, was, lane4 = place_of(t), t.place, t[9]
    local n = tonumber(lane4)
    if p ~= was or t[8] ~= t.score then
      local l = lane_at(n)
      if was == 'y' then
        R('ZREM', QUEUE .. lane4, sub(t.score, 17) .. t.id)
        if l[1] == t.score then
          local head = R('ZRANGE', QUEUE .. lane4, 0, 0, 'WITHSCORES')
          l[1] = head[1] and fmt('%016.0f', head[2]) .. sub(head[1], 1, 13) or NONE
          l.dirty = true
        end
      end
      if p == 'y' then
        R('ZADD', QUEUE .. lane4, sub(t[8], 1, 16), sub(t[8], 17) .. t.id)
        if l[1] == NONE or t[8] < l[1] then l[1], l.dirty = t[8], true end
        readied[n] = lane4
      end
      if p ~= was then
        counts[p] = (counts[p] or 0) + 1
        if was then counts[was] = (counts[was] or 0) - 1 end
        local before, after = was and not OVER[was], not OVER[p]
        if before ~= after then
          local unique = find(t[10], 'u', 1, true) and R('HGET', MORE, 'u:' .. t.id)
          if after then
            l[2] = l[2] + 1
            if unique then R('HSET', UNIQ, unique, t.id) end
          elseif before then
            l[2] = l[2] - 1
            if unique then R('HDEL', UNIQ, unique) end
          end
          l.dirty = true
        end
      end
    end
    local timer = timer_of(t, p)
    if timer ~= t.timer then
      local member = sub(t[8], 17) .. t.id
      if timer == '' then R('ZREM', TIMERS, member) else R('ZADD', TIMERS, timer, member) end
    end
    t.place, t.score, t.timer = p, t[8], timer
    if not t.dirty then
      t.dirty = true
      dirty[#dirty + 1] = t
    end
  end

  function c.keep(t, flag, value)
    R('HSET', MORE, flag .. ':' .. t.id, value)
    if not find(t[10], flag, 1, true) then t[10] = t[10] .. flag end
  end

  function c.drop(t, flag)
    if find(t[10], flag, 1, true) then
      R('HDEL', MORE, flag .. ':' .. t.id)
      t[10] = string.gsub(t[10], flag, '')
    end
  end

  -- The lease is over.
  function c.part(t, how)
    t.end_fence, t.end_claim, t.how = t[4], t.claim, how
    t.holder, t.agent, t.claim, t.deadline, t.length, t.suspect = '', '', '', '', '', ''
  end

  -- The last 16 failures, a line each.
  function c.log(t, failure)
    local line = nows .. ' ' .. t[5] .. ' ' .. failure
    local old = find(t[10], 'e', 1, true) and R('HGET', MORE, 'e:' .. t.id)
    if old then
      local _, breaks = string.gsub(old, '\n', '')
      if breaks >= 15 then old = sub(old, find(old, '\n', 1, true) + 1) end
      line = old .. '\n' .. line
    end
    c.keep(t, 'e', line)
  end

  -- The hash of RetryPolicy::delay: FNV-1a of 32 bits over the id and the attempt.
  local function spread(id, attempt)
    local hash = 2166136261
    local function mix(b)
      local low = hash % 256
      hash = hash - low + bit.bxor(low, b)
      hash = (hash * 403 + (hash % 256) * 16777216) % 4294967296
    end
    for i = 1, #id do mix(byte(id, i)) end
    for _ = 1, 4 do
      mix(attempt % 256)
      attempt = math.floor(attempt / 256)
    end
    return hash % 1024
  end

  -- The delay by the task's policy, in microseconds. Policies are kept in nanoseconds.
  function c.delay(t)
    local kind, base, max = 'x', 1e9, 3e11
    if find(t[10], 'b', 1, true) then
      local policy = R('HGET', MORE, 'b:' .. t.id) or ''
      kind, base, max = match(policy, '^(%a) (%d+) (%d+)$')
      base, max = tonumber(base or 0), tonumber(max or 0)
    end
    if kind == 'f' then return math.floor(base / 1000) end
    if kind ~= 'x' then return 0 end
    local attempt = tonumber(t[5])
    local full = math.min(base * 2 ^ math.min(math.max(attempt - 1, 0), 31), max)
    local slice = math.floor(math.floor(full / 4) / 1024)
    return math.floor((full - slice * spread(t.id, attempt)) / 1000)
  end

  -- Back to the others, in whichever way.
  function c.give_back(t, how)
    c.part(t, how)
    t[1] = 'p'
    c.drop(t, 'p')
  end

  function c.uncount(t)
    t[5] = fmt('%d', math.max(t[5] - 1, 0))
  end

  function c.fail(t, how, cause, failure)
    c.part(t, how)
    t[1], t[13] = 'F', nows
    c.log(t, failure)
    event(t, 'failed ' .. cause .. ' ' .. failure)
    c.save(t)
    c.release(t)
  end

  function c.cancel(t, how, by)
    if t.holder ~= '' then c.part(t, how) end
    t[1], t[13] = 'C', nows
    event(t, 'cancelled ' .. by)
    c.save(t)
    c.release(t)
  end
