-- What the quick ways do not need: functions that work with fields by name. They are made when
-- they are needed, in groups, because making them costs the server time: these first, then
-- `more` (release.lua, finish.lua) and `parking` (park.lua).
local function cold(S)
  if S.cold then return S.cold end
  local c = {}
  S.cold, S.tasks, S.readied, S.loaded = c, {}, {}, S.loaded or {}
  local R, fmt, sub, find = redis.call, string.format, string.sub, string.find
  local match, concat = string.match, table.concat
  local BASE, DATA, NONE, ZERO, nows, now = S.base, S.data, S.NONE, S.ZERO, S.nows, S.now
  local TIMERS, QUEUE = BASE .. 'timers', BASE .. 'q:'
  -- Tasks by id, and those to be written.
  local tasks, dirty, lanes = S.tasks, {}, S.lanes
  local OVER = { D = true, F = true, C = true }
  c.OVER = OVER

  function c.lane_at(n)
    local l = lanes[n]
    if not l then
      local heads = S.heads
      local h = sub(heads, n * 45 + 1, n * 45 + 29)
      l = { h == '' and NONE or h, tonumber(sub(heads, n * 45 + 30, n * 45 + 37)) or 0, false,
        tonumber(sub(heads, n * 45 + 38, n * 45 + 45)) or 0 }
      lanes[n] = l
    end
    return l
  end

  function c.seq(t)
    return sub(t.score, 17)
  end

  local function place_of(t)
    if t.state ~= 'p' then return t.state end
    return t.open ~= '0' and 'k' or t.due ~= '' and 'd' or 'y'
  end

  -- Where a task stands in TIMERS: at the time when something is to be done about it, or, once
  -- it has ended, behind all of these by the time of its end.
  local function timer_of(t, p)
    local time = t.holder ~= '' and t.deadline or p == 'd' and t.due or OVER[p] and 'e' .. t.ended
    return time and time .. sub(t.score, 17) .. t.id or ''
  end

  -- Neither over nor ready nor held.
  local function is_other(t, p)
    return not OVER[p] and p ~= 'y' and t.holder == ''
  end

  local function read(id, s)
    local short = sub(s, 1, 1)
    if short == 'y' then
      s = S.fresh(s)
    elseif short == 'z' then
      local token, ended = sub(s, 37, 85), sub(s, 144, 159)
      s = 'D' .. sub(s, 2, 85) .. ZERO .. sub(s, 86, 143) .. ended .. ended .. '||' .. token .. ',d'
        .. sub(s, 160)
    end
    local t = { id = id, state = sub(s, 1, 1), lane = sub(s, 4, 7), score = sub(s, 8, 36),
      token = sub(s, 37, 85), deadline = sub(s, 86, 101), revision = sub(s, 102, 109) + 0,
      last = sub(s, 110, 121), attempt = sub(s, 122, 127) + 0, updated = sub(s, 160, 175),
      ended = sub(s, 176, 191), times = sub(s, 128, 159) }
    local hold
    hold, t.end_of, t.flags, t.open, t.due, t.max, t.abandons, t.max_abandons, t.priority, t.created =
      match(s, '^|([^|]*)|([^|]*)|([^|]*)|([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),(.*)$', 192)
    t.holder, t.agent, t.length, t.suspect = match(hold, '^([^,]*),([^,]*),([^,]*),(.*)$')
    if not t.holder then t.holder, t.agent, t.length, t.suspect = '', '', '', '' end
    -- Where the indexes have it.
    t.place, t.placed = place_of(t), t.score
    t.timer = timer_of(t, t.place)
    t.other, t.paused = is_other(t, t.place), t.state == 'P' and hold ~= ''
    tasks[id] = t
    return t
  end

  function c.text(t)
    local hold = t.holder ~= '' and concat({ t.holder, t.agent, t.length, t.suspect }, ',') or ''
    return concat({ t.state, find(t.flags, '[vukr]') and '+' or '-',
      find(t.flags, '[crfp]') and '+' or '-', t.lane, t.score, t.token,
      t.holder ~= '' and t.deadline or ZERO, fmt('%08d', t.revision), fmt('%012d', t.last),
      fmt('%06d', t.attempt), t.times, t.updated, t.ended, '|', hold, '|', t.end_of, '|', t.flags,
      '|', t.open, ',', t.due, ',', t.max, ',', t.abandons, ',', t.max_abandons, ',', t.priority,
      ',', t.created })
  end

  -- The task with this id, or nil.
  function c.get(id)
    local t = tasks[id]
    if t then return t end
    local s = S.texts[id] or S.loaded[id] or R('HGET', DATA, 's:' .. id)
    return s and read(id, s) or nil
  end

  -- All there is of a task: id, state, what was asked for, and what else DATA has of it.
  function c.record(t)
    local all = { t.id, c.text(t), R('HGET', DATA, 't:' .. t.id) or '' }
    for flag in string.gmatch(t.flags, '[crfp]') do
      all[#all + 1] = flag
      all[#all + 1] = R('HGET', DATA, flag .. ':' .. t.id) or ''
    end
    return all
  end

  -- Adds a record to an answer: how many parts, then the parts.
  function c.add(reply, all)
    reply[#reply + 1] = #all
    for i = 1, #all do reply[#reply + 1] = all[i] end
  end

  local function touch(t)
    if not t.dirty then
      t.dirty = true
      dirty[#dirty + 1] = t
    end
  end

  -- Tells the log: task, how many events it had and the last of them, time, what happened.
  function c.event(t, what)
    S.cursor = S.cursor + 1
    local out = S.out
    out[#out + 1] = fmt('e:%012d', S.cursor)
    out[#out + 1] = t.id .. ' ' .. fmt('%08d%012d', t.revision, t.last) .. ' ' .. nows .. ' ' .. what
    t.revision, t.last, t.updated = t.revision + 1, S.cursor, nows
    touch(t)
  end

  -- Moves a changed task between the indexes.
  function c.save(t)
    local p, was, n = place_of(t), t.place, t.lane + 0
    if p ~= was or t.score ~= t.placed then
      local l = c.lane_at(n)
      if was == 'y' then
        R('ZREM', QUEUE .. t.lane, t.placed .. t.id)
        if l[1] == t.placed then
          local first = R('ZRANGE', QUEUE .. t.lane, '0', '0')[1]
          l[1], l[3] = first and sub(first, 1, 29) or NONE, true
        end
      end
      if p == 'd' and (not S.due or t.due < S.due) then S.due = t.due end
      if p == 'y' then
        R('ZADD', QUEUE .. t.lane, '0', t.score .. t.id)
        if l[1] == NONE or t.score < l[1] then l[1], l[3] = t.score, true end
        S.readied[n] = t.lane
      end
      if p ~= was then
        local counts = S.counts
        counts[p] = (counts[p] or 0) + 1
        if was then counts[was] = (counts[was] or 0) - 1 end
        local before, after = was and not OVER[was] or false, not OVER[p]
        if before ~= after then
          local unique = find(t.flags, 'u', 1, true) and R('HGET', DATA, 'u:' .. t.id)
          if unique and after then R('HSET', DATA, 'k:' .. unique, t.id) end
          if unique and not after then R('HDEL', DATA, 'k:' .. unique) end
        end
      end
    end
    local other, paused = is_other(t, p), p == 'P' and t.holder ~= ''
    if other ~= (t.other or false) then
      local l = c.lane_at(n)
      l[2], l[3], t.other = l[2] + (other and 1 or -1), true, other
    end
    if paused ~= (t.paused or false) then
      S.counts.h, t.paused = (S.counts.h or 0) + (paused and 1 or -1), paused
    end
    local timer = timer_of(t, p)
    if timer ~= t.timer then
      if t.timer ~= '' then R('ZREM', TIMERS, t.timer) end
      if timer ~= '' then R('ZADD', TIMERS, '0', timer) end
    end
    t.place, t.placed, t.timer = p, t.score, timer
    touch(t)
  end

  -- The next timer, in microseconds.
  function c.next_timer()
    local first = R('ZRANGE', TIMERS, '0', '0')[1]
    return first and sub(first, 1, 1) ~= 'e' and sub(first, 1, 16) or nil
  end

  -- Collects what has changed of tasks, to be written.
  local function collect()
    local out = S.out
    for id, s in pairs(S.texts) do
      -- Who is in both was changed here later.
      if not (tasks[id] and tasks[id].dirty) then
        out[#out + 1] = 's:' .. id
        out[#out + 1] = s
      end
    end
    S.texts = {}
    for i = 1, #dirty do
      local t = dirty[i]
      out[#out + 1] = 's:' .. t.id
      out[#out + 1] = c.text(t)
      t.dirty = nil
    end
    dirty = {}
  end

  -- Writes what has changed of tasks: claims read it.
  function c.flush()
    collect()
    local out = S.out
    for from = 2, #out, 1000 do
      R('HSET', DATA, unpack(out, from, math.min(from + 999, #out)))
    end
    S.out, S.loaded = { DATA }, {}
  end

  -- Writes everything; `field` and `reply` are the slot's.
  function c.write(field, reply)
    collect()
    S.write(S, field, reply)
  end

  -- What every call does besides its own work; answers with the next timer.
  function c.maintain()
    if S.cut then c.more().continue() end
    local next = c.next_timer()
    if next and next <= nows then
      c.more().timers()
      next = c.next_timer()
    end
    return next
  end

  -- Those that change a task further.
  function c.more()
    if not c.release then S.more(S, c) end
    return c
  end

  -- Writes everything; see park.lua for what comes before where somebody is parked.
  function c.commit(also, field, reply)
    if S.parked > 0 or S.was_parked then
      c.parking().commit_parked(also, field, reply)
    else
      c.write(field, reply)
    end
  end

  function c.parking()
    if not c.unpark then S.parking(S, c) end
    return c
  end

  return c
end
