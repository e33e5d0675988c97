-- ARGV 2 version of the lanes, 3 request, 4 holder, 5 agent, 6 lease, 7 lanes, 8 claims, then
-- their ids, then finishes: id, fence, claim, how, delay, text. KEYS[18] is the slot's reply.
local wanted, request = tonumber(ARGV[8]), ARGV[3]

local seen = R('GET', KEYS[18])
if seen and sub(seen, 1, #request) == request then
  local answers, tokens = string.match(seen, '^[^\n]*\n([^\n]*)\n(.*)$')
  local finished, leases = {}, {}
  for answer in string.gmatch(answers, '[^;]+') do finished[#finished + 1] = answer end
  for id, fence, id2 in string.gmatch(tokens, '(%S+) (%S+) (%S+)\n') do
    local t = get(id)
    -- Leases that were lost since are left out.
    if t and t[6] ~= '' and t[4] == fence and t[8] == id2 then
      leases[#leases + 1] = record(t)
    end
  end
  return { 'ok', nows, next_timer() or '', finished, leases }
end
if wanted > 0 and (meta[3] or '0') ~= ARGV[2] then
  return { 'lanes', meta[3] or '0', R('HGETALL', LANES) }
end

local function finish(id, fence, by, how, delay, text)
  local t = get(id)
  if not t then return 'gone' end
  if t[6] == '' or t[4] ~= fence or t[8] ~= by then
    -- Ended by this very lease, in this very way: a repeat.
    if t[12] == fence and t[13] == by and t[14] == how then return 'ok ' .. t[1] end
    return 'lost ' .. t[1] .. ' ' .. t[5] .. ' ' .. t[7]
  end
  if how == 'd' then
    local review = string.find(t[22], 'v', 1, true)
    if t[1] == 'P' then return 'no P ' .. (review and 'submit' or 'complete') end
    part(t, 'd')
    if review then t[1] = 'r' else t[1], t[27] = 'D', nows end
    if text ~= '' then keep(t, 'r', text) else drop(t, 'r') end
    event(t, 'completed ' .. text)
    save(t)
    if t[1] == 'D' and string.find(t[22], 'k', 1, true) then cold().release(t) end
    return 'ok ' .. t[1]
  end
  local c = cold()
  if how == 'p' then
    if t[1] ~= 'P' then
      t[1] = 'P'
      event(t, 'paused ' .. text)
      save(t)
    end
  elseif how == 'f' then
    c.fail(t, 'f', 'fatal', text)
  elseif how == 'c' then
    c.cancel(t, 'c', text)
  elseif how == 'r' and tonumber(t[5]) >= tonumber(t[19]) then
    c.fail(t, 'r', 'attempts', text)
  elseif how == 'r' then
    local span = tonumber(delay) or c.delay(t)
    c.give_back(t, 'r')
    t[18] = span > 0 and fmt('%.0f', now + span) or ''
    c.log(t, text)
    event(t, 'retried ' .. (t[18] == '' and '-' or t[18]) .. ' ' .. text)
    save(t)
  else
    c.give_back(t, how)
    c.uncount(t)
    if how == 's' then
      t[18] = fmt('%.0f', now + delay)
      event(t, 'snoozed ' .. t[18])
    else
      event(t, 'released')
    end
    save(t)
  end
  return 'ok ' .. t[1]
end

local finished, leases, deadline = {}, {}, nil
for i = 9 + wanted, #ARGV, 6 do
  finished[#finished + 1] = finish(unpack(ARGV, i, i + 5))
end
local next = maintain()
if wanted > 0 then
  leases, deadline = claim(ARGV[7], { unpack(ARGV, 9, 8 + wanted) }, ARGV[4], ARGV[5], ARGV[6])
  if deadline and (not next or tonumber(deadline) < tonumber(next)) then next = deadline end
end
if #finished > 0 or #leases > 0 then
  local reply = request .. '\n' .. concat(finished, ';') .. '\n'
  for i = 1, #leases do
    local t = tasks[leases[i][1]]
    reply = reply .. t.id .. ' ' .. t[4] .. ' ' .. t[8] .. '\n'
  end
  R('SET', KEYS[18], reply, 'PX', 3600000)
end
commit(next, ARGV[7])
return { 'ok', nows, next or '', finished, leases }
