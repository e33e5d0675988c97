-- ARGV 3 step of the scores, 4 most lanes, then tasks: id, spec, lane, requirement, priority, what
-- rarely changes of its state (flags, attempts, abandons, priority), a number where it has
-- parents, a due time, a unique key or flag B for the backlog: how many parents, then due time,
-- unique key and backoff, parents and policies. Else the backoff, or ''.
local step = ARGV[3]
local UNCLAIMED = ZERO .. ',' .. string.rep(' ', 32)

-- Tasks without a unique key, parents, a time or a place in the backlog, in lanes that are known:
-- most batches hold nothing else. Answers with nil where it is not so.
local next_of = next
local function plain()
  if S.rules then return nil end
  local ids, lanes, keys, at = {}, {}, {}, 5
  while at <= #ARGV do
    if tonumber(ARGV[at + 6]) then return nil end
    ids[#ids + 1] = at
    local key = ARGV[at + 2]
    if not lanes[key] then
      lanes[key] = true
      keys[#keys + 1] = 'l:' .. key
    end
    at = at + 7
  end
  if #keys == 0 or #keys > 64 then return nil end
  local known = R('HMGET', DATA, unpack(keys))
  for i = 1, #keys do
    if not known[i] then return nil end
    lanes[sub(keys[i], 3)] = known[i]
  end

  S.looked, S.look, S.looker = true, found[6] ~= '' and found[6] or nil, found[7]
  local answers, out, cursor, taken, ready = {}, S.out, S.cursor, {}, {}
  local order, timers = { BASE .. 'order' }, { TIMERS }
  local seq, n, queues, parked = (found[5] or 0) + 0, #out, {}, S.parked
  local old = '00000000000000000000 '
  for i = 1, #ids do
    local a = ids[i]
    local id, lane = ARGV[a], lanes[ARGV[a + 2]]
    local there = found[7 + i]
    if there == nil then there = R('HEXISTS', DATA, 's:' .. id) == 1 end
    if there or taken[id] then
      answers[i] = id
    else
      answers[i], taken[id] = '', true
      seq, cursor = seq + 1, cursor + 1
      local place, tail = score(step, ARGV[a + 4], S.now, seq), ARGV[a + 5]
      out[n + 1], out[n + 2] = 't:' .. id, ARGV[a + 1]
      out[n + 3], out[n + 4] = fmt('e:%012d', cursor), id .. ' ' .. old .. nows .. ' inserted ' .. place .. ' 0'
      local head = (byte(tail) == 118 and '+-' or '--') .. lane .. place
      local rest = '||' .. tail .. ',' .. nows
      if ARGV[a + 6] ~= '' then
        out[n + 5], out[n + 6] = 'b:' .. id, ARGV[a + 6]
        n = n + 2
      end
      n = n + 6
      local number = lane + 0
      local l, state = S.lanes[number], nil
      if not l then
        local at, heads = number * 45, S.heads
        l = { sub(heads, at + 1, at + 29), sub(heads, at + 30, at + 37) + 0, true,
          sub(heads, at + 38, at + 45) + 0 }
        S.lanes[number] = l
      end
      order[#order + 1] = seq
      order[#order + 1] = id

      local who, want = nil, nil
      -- Of several the most urgent goes first: that is for those who claim from the lanes.
      if S.parked > 0 and l[1] == NONE and #ids == 1 then who, want = take(S, lane) end
      if who then
        -- Straight to one who waits: nothing else is ready that it could serve.
        local hold, lease, by = string.match(want, '^[^|]*|[^|]*|([^|]*)|([^|]*)|(.*)$')
        local deadline, token = fmt('%016d', S.now + lease), nows .. ',' .. by
        local numbers = fmt('00000002%012d000001', cursor + 1)
        out[n - 1], out[n] = fmt('e:%012d', cursor + 1), id .. ' 00000001' .. fmt('%012d', cursor) .. ' '
          .. nows .. ' claimed ' .. token .. ' 000001 ' .. deadline .. ' ' .. hold
        cursor, l[4] = cursor + 1, l[4] + 1
        state = 'a' .. head .. token .. deadline .. numbers .. nows .. nows .. nows .. ZERO .. '|'
          .. hold .. rest
        timers[#timers + 1] = '0'
        timers[#timers + 1] = deadline .. sub(place, 17) .. id
        tell(S, who, { id, state, ARGV[a + 1] })
        if not S.first or deadline < S.first then S.first = deadline end
      else
        n = n - 2
        state = 'y' .. head .. fmt('%012d', cursor) .. rest
        if l[1] == NONE or place < l[1] then l[1] = place end
        local queue = queues[lane]
        if not queue then
          queue = { BASE .. 'q:' .. lane }
          queues[lane], ready[number] = queue, lane
        end
        queue[#queue + 1] = '0'
        queue[#queue + 1] = place .. id
      end
      out[n + 1], out[n + 2] = 's:' .. id, state
      n = n + 2
    end
  end
  if #order > 1 then
    queues.order, queues.timers = order, timers
    for _, queue in pairs(queues) do
      for from = 2, #queue, 1000 do
        R('ZADD', queue[1], unpack(queue, from, math.min(from + 999, #queue)))
      end
    end
    out[n + 1], out[n + 2] = 'seq', seq
    n = n + 2
    S.cursor = cursor
    -- Whoever still waits could not serve this. One of them must look at the new lease in time.
    local watched = not S.first or (S.look and S.look <= S.first and S.look + 1000000 > S.now)
    if S.parked == 0 or (watched and not next_of(ready)) then
      if S.parked < parked then
        out[n + 1], out[n + 2], out[n + 3], out[n + 4], out[n + 5], out[n + 6] =
          'parked', S.parked, 'look', S.look or '', 'looker', S.looker or ''
      end
      write(S)
    else
      -- What is left is claimed from what is written.
      S.out = { DATA }
      for from = 2, n, 1000 do R('HSET', DATA, unpack(out, from, math.min(from + 999, n))) end
      local c = cold(S)
      S.readied = ready
      c.commit()
    end
  end
  return { S.word or 'ok', answers }
end
local done = plain()
if done then return done end

local c, plan = cold(S), plan_lanes(ARGV[4])
local answers, fresh, places, keys = {}, {}, {}, {}

local function twin(id, unique)
  if places[id] or c.get(id) then return id end
  return unique ~= '' and (keys[unique] or R('HGET', DATA, 'k:' .. unique)) or nil
end

-- First what is new, then what can be refused: nothing is written before.
local at = 5
while at <= #ARGV do
  local id, needs = ARGV[at], tonumber(ARGV[at + 6])
  local unique = needs and ARGV[at + 8] or ''
  local other = twin(id, unique)
  if other then
    answers[#answers + 1] = other
  else
    if unique ~= '' then keys[unique] = id end
    answers[#answers + 1] = ''
    fresh[#fresh + 1] = at
    places[id] = #fresh
  end
  at = at + (needs and 10 + 2 * needs or 7)
end
local edges, cancelled = {}, {}
for n, a in ipairs(fresh) do
  local list = {}
  for i = a + 10, a + 9 + 2 * (tonumber(ARGV[a + 6]) or 0), 2 do
    local parent, policy = ARGV[i], ARGV[i + 1]
    if places[parent] then
      list[#list + 1] = { parent, policy }
    else
      local t = c.get(parent)
      if not t then return { 'parent', ARGV[a], parent } end
      local well = t.state == 'D'
      if not c.OVER[t.state] or (policy == 'b' and not well) then
        -- A dead letter may be requeued, so that edge is kept.
        list[#list + 1] = { parent, policy }
      elseif (policy == 'r' and well) or (policy == 'c' and not well) then
        cancelled[n] = parent
      end
    end
  end
  edges[n] = list
end
for _, a in ipairs(fresh) do
  if not lane_of(plan, ARGV[a + 2], ARGV[a + 3]) then return { 'full', ARGV[a + 3] } end
end

register(plan)
local seq = tonumber(R('HGET', DATA, 'seq') or 0)
R('HSET', DATA, 'seq', seq + #fresh)
for n, a in ipairs(fresh) do
  local id, due, unique, backoff = ARGV[a], '', '', ARGV[a + 6]
  if tonumber(backoff) then due, unique, backoff = ARGV[a + 7], ARGV[a + 8], ARGV[a + 9] end
  local flags, attempts, abandons = string.match(ARGV[a + 5], '^(%a*)|0,,(%d+),0,(%d+),')
  local lane = plan.of[ARGV[a + 2]]
  local place = score(step, ARGV[a + 4], S.now, seq + n)
  if due ~= '' then due = due <= nows and '' or due end
  local state = find(flags, 'B', 1, true) and 'b' or 'p'
  local t = { id = id, state = state, lane = lane, score = place, token = UNCLAIMED, deadline = ZERO,
    revision = 0, last = 0, attempt = 0, updated = nows, ended = ZERO, times = ZERO .. ZERO,
    holder = '', agent = '', length = '', suspect = '', end_of = '',
    flags = string.gsub(flags, 'B', ''), open = fmt('%d', #edges[n]), due = due,
    max = attempts, abandons = '0', max_abandons = abandons, priority = ARGV[a + 4],
    created = nows, timer = '' }
  S.tasks[id] = t
  if unique ~= '' then R('HSET', DATA, 'u:' .. id, unique) end
  if backoff ~= '' then R('HSET', DATA, 'b:' .. id, backoff) end
  S.out[#S.out + 1] = 't:' .. id
  S.out[#S.out + 1] = ARGV[a + 1]
  R('ZADD', BASE .. 'order', seq + n, id)
  c.event(t, 'inserted ' .. place .. ' ' .. t.open)
  c.save(t)
end
for n, a in ipairs(fresh) do
  for _, edge in ipairs(edges[n]) do
    local parent, policy = c.get(edge[1]), edge[2]
    local kind = policy == 'b' and 'b' or 'o'
    local child = c.seq(S.tasks[ARGV[a]]) .. policy .. ARGV[a]
    R('ZADD', BASE .. 'edges', '0', edge[1] .. ' ' .. kind .. child)
    if not find(parent.flags, 'k', 1, true) then
      parent.flags = parent.flags .. 'k'
      c.save(parent)
    end
  end
end
for n, a in ipairs(fresh) do
  local t = S.tasks[ARGV[a]]
  if cancelled[n] and not c.OVER[t.state] then
    c.more().cancel(t, 't', '{"by":{"parent":"' .. cancelled[n] .. '"}}')
  end
end
c.commit()
return { S.word or 'ok', answers }
