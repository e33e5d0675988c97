-- ARGV 2 step of the scores, 3 most lanes, then tasks: id, spec, lane, requirement, priority,
-- attempts, abandons, flags, due, unique key, backoff, needs, then their parents and policies.
local step, plan = ARGV[2], plan_lanes(ARGV[3])
local answers, fresh, places, keys = {}, {}, {}, {}

local function twin(id, unique)
  if places[id] or get(id) then return id end
  return unique ~= '' and (keys[unique] or R('HGET', UNIQ, unique)) or nil
end

-- First what is new, then what can be refused: nothing is written before.
local at = 4
while at <= #ARGV do
  local id, needs = ARGV[at], tonumber(ARGV[at + 11])
  local other = twin(id, ARGV[at + 9])
  if other then
    answers[#answers + 1] = other
  else
    if ARGV[at + 9] ~= '' then keys[ARGV[at + 9]] = id end
    answers[#answers + 1] = ''
    fresh[#fresh + 1] = at
    places[id] = #fresh
  end
  at = at + 12 + 2 * needs
end
local edges, cancelled = {}, {}
for n, a in ipairs(fresh) do
  local list = {}
  for i = a + 12, a + 11 + 2 * ARGV[a + 11], 2 do
    local parent, policy = ARGV[i], ARGV[i + 1]
    if places[parent] then
      list[#list + 1] = { parent, policy }
    else
      local t = get(parent)
      if not t then return { 'parent', ARGV[a], parent } end
      local well = t[1] == 'D'
      if not OVER[t[1]] or (policy == 'b' and not well) then
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
local seq = tonumber(R('HGET', META, 'seq') or 0)
R('HSET', META, 'seq', seq + #fresh)
local opened = {}
for n, a in ipairs(fresh) do
  local id, flags, due = ARGV[a], ARGV[a + 7], ARGV[a + 8]
  local lane = plan.of[ARGV[a + 2]]
  local place = score(step, ARGV[a + 4], now, seq + n)
  if due ~= '' and tonumber(due) <= now then due = '' end
  local state = string.find(flags, 'B', 1, true) and 'b' or 'p'
  flags = string.gsub(flags, 'B', '')
  local t = { state, 0, 0, '0', '0', '', '', '', '', '', '', '', '', '', place, lane,
    fmt('%d', #edges[n]), due, ARGV[a + 5], '0', ARGV[a + 6], flags, ARGV[a + 4], nows, '', '',
    '', nows }
  t.id, t.timer = id, ''
  tasks[id] = t
  if ARGV[a + 9] ~= '' then
    R('HSET', UNIQ, ARGV[a + 9], id)
    R('HSET', MORE, 'u:' .. id, ARGV[a + 9])
  end
  if ARGV[a + 10] ~= '' then R('HSET', MORE, 'b:' .. id, ARGV[a + 10]) end
  R('HSET', SPEC, id, ARGV[a + 1])
  R('ZADD', ORDER, seq + n, id)
  opened[lane] = (opened[lane] or 0) + 1
  event(t, 'inserted ' .. place .. ' ' .. t[17])
  save(t)
end
for lane, count in pairs(opened) do R('HINCRBY', OPEN, lane, count) end
for n, a in ipairs(fresh) do
  for _, edge in ipairs(edges[n]) do
    local parent, policy = get(edge[1]), edge[2]
    local kind = policy == 'b' and 'b' or 'o'
    local child = sub(tasks[ARGV[a]][15], 17) .. policy .. ARGV[a]
    R('ZADD', EDGES, 0, edge[1] .. ' ' .. kind .. child)
    if not string.find(parent[22], 'k', 1, true) then
      parent[22], parent.text = parent[22] .. 'k', nil
      touch(parent)
    end
  end
end
for n, a in ipairs(fresh) do
  local t = tasks[ARGV[a]]
  if cancelled[n] and not OVER[t[1]] then
    cold().cancel(t, 't', '{"by":{"parent":"' .. cancelled[n] .. '"}}')
  end
end
commit(parked > 0 and next_timer() or nil)
return { 'ok', answers }
