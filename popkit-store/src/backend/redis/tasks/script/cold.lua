-- What most calls do not need: its functions are made when the first of them is called.
local cold_made
local function cold()
  if cold_made then return cold_made end
  local c = {}
  cold_made = c

  -- The last 16 failures, a line each.
  function c.log(t, failure)
    local line = nows .. ' ' .. t[5] .. ' ' .. failure
    local old = string.find(t[22], 'e', 1, true) and R('HGET', MORE, 'e:' .. t.id)
    if old then
      local _, breaks = string.gsub(old, '\n', '')
      if breaks >= 15 then old = sub(old, string.find(old, '\n', 1, true) + 1) end
      line = old .. '\n' .. line
    end
    keep(t, 'e', line)
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
    if string.find(t[22], 'b', 1, true) then
      local policy = R('HGET', MORE, 'b:' .. t.id) or ''
      kind, base, max = string.match(policy, '^(%a) (%d+) (%d+)$')
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
    part(t, how)
    t[1] = 'p'
    drop(t, 'p')
  end

  function c.uncount(t)
    t[5] = math.max(t[5] - 1, 0)
  end

  function c.fail(t, how, cause, failure)
    part(t, how)
    t[1], t[27] = 'F', nows
    c.log(t, failure)
    event(t, 'failed ' .. cause .. ' ' .. failure)
    save(t)
    c.release(t)
  end

  function c.cancel(t, how, by)
    if t[6] ~= '' then part(t, how) end
    t[1], t[27] = 'C', nows
    event(t, 'cancelled ' .. by)
    save(t)
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
    local seq, policy, id = string.match(sub(edge, #parent + 3), '^(%d+)(%a)(.*)$')
    local t = get(id)
    -- An id may have been used again: the number tells.
    if not t or OVER[t[1]] or sub(t[15], 17) ~= seq then return end
    if (policy == 'r' and well) or (policy == 'c' and not well) then
      if t[6] ~= '' then part(t, 't') end
      t[1], t[27] = 'C', nows
      event(t, 'cancelled {"by":{"parent":"' .. parent .. '"}}')
      save(t)
      return t
    end
    t[17] = fmt('%d', math.max(t[17] - 1, 0))
    event(t, 'parent_ended ' .. t[17] .. ' ' .. parent)
    if t[1] == 'p' and t[17] == '0' and t[18] ~= '' and tonumber(t[18]) <= now then
      t[18] = ''
      event(t, 'promoted')
    end
    save(t)
  end

  local function follow_all(queue)
    while #queue > 0 do
      local parent = table.remove(queue)
      local well = parent[1] == 'D'
      local found = edges(parent.id, well, budget + 1)
      local more = #found > budget
      for i = 1, math.min(#found, budget) do
        budget = budget - 1
        R('ZREM', EDGES, found[i])
        local cancelled = follow(parent.id, well, found[i])
        if cancelled then queue[#queue + 1] = cancelled end
      end
      if more then
        R('ZADD', CUT, sub(parent[15], 17), parent.id)
        R('HSET', META, 'cut', 1)
        meta[4] = '1'
      end
    end
  end

  -- Follows the edges of a task that ended, 256 at most; the rest is for later calls.
  function c.release(t)
    if not string.find(t[22], 'k', 1, true) then return end
    budget = 256
    follow_all({ t })
  end

  -- Goes on where an earlier call stopped.
  function c.continue()
    budget = 256
    while budget > 0 do
      local id = R('ZRANGE', CUT, 0, 0)[1]
      if not id then break end
      R('ZREM', CUT, id)
      local t = get(id)
      if t and OVER[t[1]] then follow_all({ t }) end
    end
    if R('ZCARD', CUT) == 0 then
      R('HDEL', META, 'cut')
      meta[4] = false
    end
  end

  -- The first look at an expired lease marks it, the second rescues the task.
  local function expired(t)
    if t[11] == '' then
      t[11], t[9] = '1', fmt('%.0f', now + math.floor(t[10] / 3))
      save(t)
      return
    end
    if tonumber(t[5]) >= tonumber(t[19]) or t[20] + 1 >= tonumber(t[21]) then
      local text = t[7] .. ' fell silent in attempt ' .. t[5]
      t[20] = fmt('%d', t[20] + 1)
      c.fail(t, 't', 'abandoned', '{"kind":"abandoned","text":"' .. text .. '"}')
      return
    end
    local holder = t[6]
    c.give_back(t, 't')
    t[20] = fmt('%d', t[20] + 1)
    c.log(t, '{"kind":"abandoned","text":"its holder fell silent"}')
    event(t, 'rescued ' .. holder)
    save(t)
  end

  -- What time does: a bounded number of promotions and rescues.
  function c.timers()
    local rescues = 0
    for _, member in ipairs(R('ZRANGEBYSCORE', TIMERS, '-inf', nows, 'LIMIT', 0, 32)) do
      local t = get(sub(member, 14))
      if not t then
        R('ZREM', TIMERS, member)
      elseif t[6] ~= '' then
        if rescues < 8 then
          rescues = rescues + 1
          expired(t)
        end
      elseif t.place == 'd' then
        t[18] = ''
        event(t, 'promoted')
        save(t)
      end
    end
  end

  return c
end

-- What every call does besides its own work; answers with the next timer.
local function maintain()
  if meta[4] then cold().continue() end
  local next = next_timer()
  if next and tonumber(next) <= now then
    cold().timers()
    next = next_timer()
  end
  return next
end
