-- Ends a lease, in whichever way.
local function finish_cold(id, fence, by, how, delay, text)
  local c = cold()
  local t = c.get(id)
  if not t then return 'gone' end
  if t.holder == '' or t[4] ~= fence or t.claim ~= by then
    -- Ended by this very lease, in this very way: a repeat.
    if t.end_fence == fence and t.end_claim == by and t.how == how then return 'ok ' .. t[1] end
    return 'lost ' .. t[1] .. ' ' .. t[5] .. ' ' .. t.agent
  end
  if how == 'd' then
    local review = find(t[10], 'v', 1, true)
    if t[1] == 'P' then return 'no P ' .. (review and 'submit' or 'complete') end
    c.part(t, 'd')
    if review then t[1] = 'r' else t[1], t[13] = 'D', nows end
    if text ~= '' then c.keep(t, 'r', text) else c.drop(t, 'r') end
    event(t, 'completed ' .. text)
    c.save(t)
    if t[1] == 'D' then c.release(t) end
  elseif how == 'p' then
    if t[1] ~= 'P' then
      t[1] = 'P'
      event(t, 'paused ' .. text)
      c.save(t)
    end
  elseif how == 'f' then
    c.fail(t, 'f', 'fatal', text)
  elseif how == 'c' then
    c.cancel(t, 'c', text)
  elseif how == 'r' and tonumber(t[5]) >= tonumber(t.max) then
    c.fail(t, 'r', 'attempts', text)
  elseif how == 'r' then
    local span = tonumber(delay) or c.delay(t)
    c.give_back(t, 'r')
    t.due = span > 0 and fmt('%.0f', now + span) or ''
    c.log(t, text)
    event(t, 'retried ' .. (t.due == '' and '-' or t.due) .. ' ' .. text)
    c.save(t)
  else
    c.give_back(t, how)
    c.uncount(t)
    if how == 's' then
      t.due = fmt('%.0f', now + delay)
      event(t, 'snoozed ' .. t.due)
    else
      event(t, 'released')
    end
    c.save(t)
  end
  return 'ok ' .. t[1]
end

-- The same, for the way that most leases end: done, without review, unique key, dependants or
-- an older result.
local function finish(id, fence, by, how, delay, text)
  if how ~= 'd' or tasks[id] then return finish_cold(id, fence, by, how, delay, text) end
  local found = R('HGET', ST, id)
  local t = found and { match(found, FIELDS) }
  if not t or (t[1] ~= 'a' and t[1] ~= 'A') or t[4] ~= fence or find(t[10], '[vukr]')
    or match(t[6], '^[^,]*,[^,]*,([^,]*)') ~= by then
    return finish_cold(id, fence, by, how, delay, text)
  end
  local was = t[1]
  t.id, tasks[id] = id, t
  t[1], t[6], t[7], t[13] = 'D', '', fence .. ',' .. by .. ',d', nows
  if text ~= '' then
    R('HSET', MORE, 'r:' .. id, text)
    t[10] = t[10] .. 'r'
  end
  event(t, 'completed ' .. text)
  R('ZADD', TIMERS, fmt('%.0f', FAR + now), sub(t[8], 17) .. id)
  local l = lane_at(tonumber(t[9]))
  l[2], l.dirty = l[2] - 1, true
  counts[was] = (counts[was] or 0) - 1
  counts.D = (counts.D or 0) + 1
  return 'ok D'
end
