-- Claims the lowest scores over the given lanes (two characters each), a task per claim id:
-- one look at the heads of all, then one at each lane that is taken from. Answers with the
-- records and the deadline.
local function claim(wanted, ids, holder, agent, lease)
  local best, of, n = {}, {}, 0
  heads = heads or R('GET', HEADS) or ''
  local codes = { byte(wanted, 1, -1) }
  for i = 1, #codes, 2 do
    local lane = codes[i] * 64 + codes[i + 1] - 3120
    local h = lanes[lane] and lanes[lane][1] or sub(heads, lane * 37 + 1, lane * 37 + 29)
    if h ~= NONE and h ~= '' then
      n = n + 1
      best[n], of[n] = h, lane
    end
  end
  if n == 0 then return {} end

  local taken, queues = {}, {}
  for _ = 1, #ids do
    if n == 0 then break end
    local b, low = 1, best[1]
    for i = 2, n do
      if best[i] < low then b, low = i, best[i] end
    end
    local lane = of[b]
    local queue = queues[lane]
    if not queue then
      queue = { QUEUE .. fmt('%04d', lane), 0 }
      -- As many as may be wanted, and one that says where the lane goes on.
      queue[3] = R('ZRANGE', queue[1], 0, #ids - #taken, 'WITHSCORES')
      queues[lane] = queue
    end
    local list, at = queue[3], queue[2]
    queue[2] = at + 2
    if list[at + 1] then taken[#taken + 1] = sub(list[at + 1], 14) end
    local next = list[at + 3]
    if next then
      best[b] = fmt('%016.0f', list[at + 4]) .. sub(next, 1, 13)
    else
      best[b], of[b] = best[n], of[n]
      n = n - 1
    end
    local l = lane_at(lane)
    l[1], l.dirty = next and best[b] or NONE, true
  end
  for _, queue in pairs(queues) do
    R('ZREMRANGEBYRANK', queue[1], 0, queue[2] / 2 - 1)
  end
  if #taken == 0 then return {} end

  local texts, specs
  if #taken == 1 then
    texts, specs = { R('HGET', ST, taken[1]) }, { R('HGET', SPEC, taken[1]) }
  else
    texts, specs = R('HMGET', ST, unpack(taken)), R('HMGET', SPEC, unpack(taken))
  end
  local deadline = fmt('%.0f', now + lease)
  local leases, timers = {}, { TIMERS }
  for i, id in ipairs(taken) do
    local t = tasks[id]
    if t then
      if t.wide then narrow(t) end
    elseif texts[i] then
      t = { match(texts[i], FIELDS) }
      t.id = id
      tasks[id] = t
    end
    -- Without a record, which somebody has deleted, there is nothing to hand out.
    if t then
      local fence, attempt = t[4] + 1, t[5] + 1
      fence = fence > now and fmt('%.0f', fence) or nows
      local hold = holder .. ',' .. agent .. ',' .. ids[#leases + 1] .. ',' .. deadline .. ',' .. lease .. ','
      t[1], t[4], t[5], t[6], t[11] = 'a', fence, attempt, hold, nows
      if t[12] == '' then t[12] = nows end
      event(t, 'claimed ' .. fence .. ' ' .. attempt .. ' ' .. hold)
      timers[#timers + 1] = deadline
      timers[#timers + 1] = sub(t[8], 17) .. id
      leases[#leases + 1] = record(t, specs[i])
    end
  end
  local count = #leases
  counts.y = (counts.y or 0) - count
  counts.a = (counts.a or 0) + count
  if count > 0 then R('ZADD', unpack(timers)) end
  return leases, deadline
end
