-- ARGV 3 step of the scores, 4 most lanes, then tasks: id, spec, lane, requirement, priority,
-- attempts, abandons, flags, due, unique key, backoff, needs, then their parents and policies.
local c, step, plan = cold(S), ARGV[3], plan_lanes(ARGV[4])
local answers, fresh, places, keys = {}, {}, {}, {}

local UNCLAIMED = ZERO .. ',' .. string.rep(' ', 32)

local function twin(id, unique)
  if places[id] or c.get(id) then return id end
  return unique ~= '' and (keys[unique] or R('HGET', DATA, 'k:' .. unique)) or nil
end

-- First what is new, then what can be refused: nothing is written before.
local at = 5
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
  local id, flags, due = ARGV[a], ARGV[a + 7], ARGV[a + 8]
  local lane = plan.of[ARGV[a + 2]]
  local place = score(step, ARGV[a + 4], S.now, seq + n)
  if due ~= '' then due = due <= nows and '' or due end
  local state = find(flags, 'B', 1, true) and 'b' or 'p'
  local t = { id = id, state = state, lane = lane, score = place, token = UNCLAIMED, deadline = ZERO,
    revision = 0, last = 0, attempt = 0, updated = nows, ended = ZERO, times = ZERO .. ZERO,
    holder = '', agent = '', length = '', suspect = '', end_of = '',
    flags = string.gsub(flags, 'B', ''), open = fmt('%d', #edges[n]), due = due,
    max = ARGV[a + 5], abandons = '0', max_abandons = ARGV[a + 6], priority = ARGV[a + 4],
    created = nows, timer = '' }
  S.tasks[id] = t
  if ARGV[a + 9] ~= '' then R('HSET', DATA, 'u:' .. id, ARGV[a + 9]) end
  if ARGV[a + 10] ~= '' then R('HSET', DATA, 'b:' .. id, ARGV[a + 10]) end
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
    R('ZADD', BASE .. 'edges', 0, edge[1] .. ' ' .. kind .. child)
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
return { 'ok', answers }
