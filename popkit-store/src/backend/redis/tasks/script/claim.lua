-- Claims the lowest scores over the given lanes (two characters each), a task per claim id:
-- one look at the heads of all, then one at each lane that is taken from.
local function claim(lanes, ids, holder, agent, lease)
  local best, of = {}, {}
  heads = heads or R('GET', HEADS) or ''
  local codes, n = { byte(lanes, 1, -1) }, 0
  for i = 1, #codes, 2 do
    local lane = codes[i] * 64 + codes[i + 1] - 3120
    local h = moved[lane] or sub(heads, lane * 29 + 1, lane * 29 + 29)
    if h ~= NONE and h ~= '' then
      n = n + 1
      best[n], of[n] = h, lane
    end
  end
  if n == 0 then return {} end

  local taken, members, wait, at = {}, {}, {}, {}
  for _ = 1, #ids do
    if n == 0 then break end
    local b, low = 1, best[1]
    for i = 2, n do
      if best[i] < low then b, low = i, best[i] end
    end
    local lane = of[b]
    local list = wait[lane]
    if not list then
      list = first(fmt('%04d', lane), #ids - #taken + 1)
      wait[lane], at[lane] = list, 0
    end
    at[lane] = at[lane] + 1
    local member, next = list[at[lane]], list[at[lane] + 1]
    if member then
      members[#members + 1] = member
      taken[#taken + 1] = sub(member, 34)
    end
    if next then
      best[b] = sub(next, 5, 33)
    else
      best[b], of[b] = best[n], of[n]
      n = n - 1
    end
  end
  if #members > 0 then R('ZREM', READY, unpack(members)) end
  for lane, list in pairs(wait) do
    local next = list[at[lane] + 1]
    set_head(lane, next and sub(next, 5, 33) or NONE)
  end

  if #taken == 0 then return {} end
  local texts, specs = R('HMGET', ST, unpack(taken)), R('HMGET', SPEC, unpack(taken))
  local deadline, leases, timers = fmt('%.0f', now + lease), {}, {}
  for i, id in ipairs(taken) do
    local t = tasks[id] or (texts[i] and take(id, texts[i]))
    -- A record that somebody deleted: there is nothing to hand out.
    if t then
      local fence = t[4] + 1
      t[4] = fence > now and fmt('%.0f', fence) or nows
      t[1], t[5], t[6], t[7], t[8] = 'a', fmt('%d', t[5] + 1), holder, agent, ids[i]
      t[9], t[10], t[11], t[25] = deadline, lease, '', nows
      if t[26] == '' then t[26] = nows end
      event(t, 'claimed ' .. holder .. ' ' .. agent .. ' ' .. t[4] .. ' ' .. ids[i] .. ' ' .. t[5]
        .. ' ' .. deadline .. ' ' .. lease)
      t.place, t.timer, t.text = 'a', deadline, concat(t, '|')
      touch(t)
      timers[#timers + 1] = deadline
      timers[#timers + 1] = sub(t[15], 17) .. id
      leases[#leases + 1] = record(t, specs[i])
    end
  end
  local count = #leases
  counts.y = (counts.y or 0) - count
  counts.a = (counts.a or 0) + count
  if count > 0 then R('ZADD', TIMERS, unpack(timers)) end
  return leases, deadline
end
