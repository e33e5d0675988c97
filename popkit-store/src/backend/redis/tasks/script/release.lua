
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
    if not t or OVER[t[1]] or sub(t[8], 17) ~= seq then return end
    if (policy == 'r' and well) or (policy == 'c' and not well) then
      if t.holder ~= '' then c.part(t, 't') end
      t[1], t[13] = 'C', nows
      event(t, 'cancelled {"by":{"parent":"' .. parent .. '"}}')
      c.save(t)
      return t
    end
    t.open = fmt('%d', math.max(t.open - 1, 0))
    event(t, 'parent_ended ' .. t.open .. ' ' .. parent)
    if t[1] == 'p' and t.open == '0' and t.due ~= '' and tonumber(t.due) <= now then
      t.due = ''
      event(t, 'promoted')
    end
    c.save(t)
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
        R('ZADD', CUT, sub(parent[8], 17), parent.id)
        R('HSET', META, 'cut', 1)
        meta[4] = '1'
      end
    end
  end

  -- Follows the edges of a task that ended, 256 at most; the rest is for later calls.
  function c.release(t)
    if not find(t[10], 'k', 1, true) then return end
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
      local t = c.get(id)
      if t and OVER[t[1]] then follow_all({ t }) end
    end
    if R('ZCARD', CUT) == 0 then
      R('HDEL', META, 'cut')
      meta[4] = false
    end
  end

  -- The first look at an expired lease marks it, the second rescues the task.
  local function expired(t)
    if t.suspect == '' then
      t.suspect, t.deadline = '1', fmt('%.0f', now + math.floor(t.length / 3))
      c.save(t)
      return
    end
    local abandons = fmt('%d', t.abandons + 1)
    if tonumber(t[5]) >= tonumber(t.max) or tonumber(abandons) >= tonumber(t.max_abandons) then
      local text = t.agent .. ' fell silent in attempt ' .. t[5]
      t.abandons = abandons
      c.fail(t, 't', 'abandoned', '{"kind":"abandoned","text":"' .. text .. '"}')
      return
    end
    local holder = t.holder
    c.give_back(t, 't')
    t.abandons = abandons
    c.log(t, '{"kind":"abandoned","text":"its holder fell silent"}')
    event(t, 'rescued ' .. holder)
    c.save(t)
  end

  -- What time does: a bounded number of promotions and rescues.
  function c.timers()
    local rescues = 0
    for _, member in ipairs(R('ZRANGEBYSCORE', TIMERS, '-inf', nows, 'LIMIT', 0, 32)) do
      local t = c.get(sub(member, 14))
      if not t then
        R('ZREM', TIMERS, member)
      elseif t.holder ~= '' then
        if rescues < 8 then
          rescues = rescues + 1
          expired(t)
        end
      elseif t.place == 'd' then
        t.due = ''
        event(t, 'promoted')
        c.save(t)
      end
    end
  end

  -- Forgets the replies of slots that have asked for nothing for an hour: some are looked at
  -- now and then.
  function c.sweep()
    for _, field in ipairs(R('HRANDFIELD', META, 16)) do
      if sub(field, 1, 2) == 's:' then
        local at = match(R('HGET', META, field), '^%x+ (%d+)')
        if not at or tonumber(at) + 3600000000 < now then R('HDEL', META, field) end
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
