-- What changes a task further: ends, rescues, what follows from them.
local function more(S, c)
  local R, fmt, sub, find, byte = redis.call, string.format, string.sub, string.find, string.byte
  local match, DATA, nows, now, OVER = string.match, S.data, S.nows, S.now, c.OVER
  local TIMERS, EDGES, CUT = S.base .. 'timers', S.base .. 'edges', S.base .. 'cut'

  function c.keep(t, flag, value)
    R('HSET', DATA, flag .. ':' .. t.id, value)
    if not find(t.flags, flag, 1, true) then t.flags = t.flags .. flag end
  end

  function c.drop(t, flag)
    if find(t.flags, flag, 1, true) then
      R('HDEL', DATA, flag .. ':' .. t.id)
      t.flags = string.gsub(t.flags, flag, '')
    end
  end

  -- The lease is over.
  function c.part(t, how)
    local l = c.lane_at(t.lane + 0)
    l[3], l[4] = true, l[4] - 1
    -- In a lane with a limit that frees a place.
    if S.rules then S.readied[t.lane + 0] = t.lane end
    t.end_of = t.token .. ',' .. how
    t.holder, t.agent, t.length, t.suspect = '', '', '', ''
  end

  -- The last 16 failures, a line each.
  function c.log(t, failure)
    local line = nows .. ' ' .. t.attempt .. ' ' .. failure
    local old = find(t.flags, 'f', 1, true) and R('HGET', DATA, 'f:' .. t.id)
    if old then
      local _, breaks = string.gsub(old, '\n', '')
      if breaks >= 15 then old = sub(old, find(old, '\n', 1, true) + 1) end
      line = old .. '\n' .. line
    end
    c.keep(t, 'f', line)
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
    if find(t.flags, 'b', 1, true) then
      local policy = R('HGET', DATA, 'b:' .. t.id) or ''
      kind, base, max = match(policy, '^(%a) (%d+) (%d+)$')
      base, max = tonumber(base or 0), tonumber(max or 0)
    end
    if kind == 'f' then return math.floor(base / 1000) end
    if kind ~= 'x' then return 0 end
    local full = math.min(base * 2 ^ math.min(math.max(t.attempt - 1, 0), 31), max)
    local slice = math.floor(math.floor(full / 4) / 1024)
    return math.floor((full - slice * spread(t.id, t.attempt)) / 1000)
  end

  -- Back to the others, in whichever way.
  function c.give_back(t, how)
    c.part(t, how)
    t.state = 'p'
    c.drop(t, 'p')
  end

  function c.uncount(t)
    t.attempt = math.max(t.attempt - 1, 0)
  end

  function c.fail(t, how, cause, failure)
    c.part(t, how)
    t.state, t.ended = 'F', nows
    c.log(t, failure)
    c.event(t, 'failed ' .. cause .. ' ' .. failure)
    c.save(t)
    c.release(t)
  end

  function c.cancel(t, how, by)
    if t.holder ~= '' then c.part(t, how) end
    t.state, t.ended = 'C', nows
    c.event(t, 'cancelled ' .. by)
    c.save(t)
    c.release(t)
  end

  -- Up to so many edges of a parent, by insertion of the dependants; those of policy Block
  -- (kept apart, as 'b') only where the parent ended well.
  local function edges(id, well, limit)
    local function range(kind)
      local from = id .. ' ' .. kind
      return R('ZRANGEBYLEX', EDGES, '[' .. from, '(' .. from .. ':', 'LIMIT', 0, limit)
    end
    local found = range('o')
    if well then
      for _, edge in ipairs(range('b')) do found[#found + 1] = edge end
      local at = #id + 3
      table.sort(found, function(x, y) return sub(x, at, at + 12) < sub(y, at, at + 12) end)
    end
    return found
  end

  local budget

  -- Follows one edge; answers with the dependant where that cancelled it.
  local function follow(parent, well, edge)
    local seq, policy, id = match(sub(edge, #parent + 3), '^(%d+)(%a)(.*)$')
    local t = c.get(id)
    -- An id may have been used again: the number tells.
    if not t or OVER[t.state] or c.seq(t) ~= seq then return end
    if (policy == 'r' and well) or (policy == 'c' and not well) then
      if t.holder ~= '' then c.part(t, 't') end
      t.state, t.ended = 'C', nows
      c.event(t, 'cancelled {"by":{"parent":"' .. parent .. '"}}')
      c.save(t)
      return t
    end
    t.open = fmt('%d', math.max(t.open - 1, 0))
    c.event(t, 'parent_ended ' .. t.open .. ' ' .. parent)
    if t.state == 'p' and t.open == '0' and t.due ~= '' and t.due <= nows then
      t.due = ''
      c.event(t, 'promoted')
    end
    c.save(t)
  end

  local function follow_all(queue)
    while #queue > 0 do
      local parent = table.remove(queue)
      local well = parent.state == 'D'
      local found = edges(parent.id, well, budget + 1)
      local more = #found > budget
      for i = 1, math.min(#found, budget) do
        budget = budget - 1
        R('ZREM', EDGES, found[i])
        local cancelled = follow(parent.id, well, found[i])
        if cancelled then queue[#queue + 1] = cancelled end
      end
      if more then
        R('ZADD', CUT, c.seq(parent), parent.id)
        R('HSET', DATA, 'cut', 1)
        S.cut = '1'
      end
    end
  end

  -- Follows the edges of a task that ended, 256 at most; the rest is for later calls.
  function c.release(t)
    if not find(t.flags, 'k', 1, true) then return end
    budget = 256
    follow_all({ t })
  end

  -- Goes on where an earlier call stopped.
  function c.continue()
    budget = 256
    while budget > 0 do
      local id = R('ZRANGE', CUT, '0', '0')[1]
      if not id then break end
      R('ZREM', CUT, id)
      local t = c.get(id)
      if t and OVER[t.state] then follow_all({ t }) end
    end
    if R('ZCARD', CUT) == 0 then
      R('HDEL', DATA, 'cut')
      S.cut = false
    end
  end

  -- The first look at an expired lease marks it, the second rescues the task.
  local function expired(t)
    if t.suspect == '' then
      t.suspect, t.deadline = '1', fmt('%016.0f', now + math.floor(t.length / 3))
      c.save(t)
      return
    end
    t.abandons = fmt('%d', t.abandons + 1)
    if t.attempt >= t.max + 0 or t.abandons + 0 >= t.max_abandons + 0 then
      local text = t.agent .. ' fell silent in attempt ' .. t.attempt
      c.fail(t, 't', 'abandoned', '{"kind":"abandoned","text":"' .. text .. '"}')
      return
    end
    local holder = t.holder
    c.give_back(t, 't')
    c.log(t, '{"kind":"abandoned","text":"its holder fell silent"}')
    c.event(t, 'rescued ' .. holder)
    c.save(t)
  end

  -- What time does: a bounded number of promotions and rescues.
  function c.timers()
    local rescues = 0
    for _, member in ipairs(R('ZRANGE', TIMERS, 0, 31)) do
      if sub(member, 1, 16) > nows or sub(member, 1, 1) == 'e' then break end
      local t = c.get(sub(member, 30))
      if not t then
        R('ZREM', TIMERS, member)
      elseif t.timer == member and t.holder ~= '' then
        if rescues < 8 then
          rescues = rescues + 1
          expired(t)
        end
      elseif t.timer == member and t.place == 'd' then
        t.due = ''
        c.event(t, 'promoted')
        c.save(t)
      elseif t.timer ~= member then
        -- It must not stand in the way of others.
        R('ZREM', TIMERS, member)
      end
    end
  end

  -- Forgets the replies of slots that have asked for nothing for an hour. SLOTS has all slots by
  -- the time when they were last found to be used, and handles with an inbox; a few are looked at now and then.
  function c.sweep(mine)
    local SLOTS, kept = S.base .. 'slots', 3600000000
    for _, member in ipairs(R('ZRANGE', SLOTS, 0, 7)) do
      if sub(member, 1, 16) + kept > now then break end
      local field = sub(member, 17)
      local inbox = sub(field, 1, 3) == 'in:'
      local at = not inbox and match(R('HGET', DATA, field) or '', '^%x+ (%d+)')
      R('ZREM', SLOTS, member)
      if inbox then
        -- Whoever lives has been entered anew, and reads it in time.
        if not S.wake then R('PEXPIRE', S.base .. field, kept / 1000) end
      elseif field == mine or (at and at + kept > now) then
        R('ZADD', SLOTS, '0', (field == mine and nows or fmt('%016d', at)) .. field)
      else
        R('HDEL', DATA, field)
      end
    end
  end
