-- The lane registry: 'o:NUMBER' -> key, 'r:NUMBER' -> what the lane requires; 'l:KEY' of DATA -> number.
local LANES = BASE .. 'lanes'

-- Where in the rules a lane has one.
local function rule_at(lane4)
  for at = 1, #(S.rules or ''), 15 do
    if sub(S.rules, at, at + 3) == lane4 then return at end
  end
end

local function is_empty(l)
  return l[1] == NONE and l[2] == 0 and l[4] == 0
end

-- The number of a lane, to be registered where it is new; nil where that would be one too
-- many. `plan` is what this call will register: nothing is written before all of it fits.
local function lane_of(plan, key, requirement)
  local known = plan.of[key]
  if known then return known end
  local number = R('HGET', DATA, 'l:' .. key)
  -- A lane that has given way in this very call is none any more.
  if number and not plan.new[number] then
    plan.of[key], plan.held[number] = number, true
    return number
  end
  plan.size = plan.size or tonumber(R('HGET', LANES, 'size') or 0)
  if plan.size < plan.max then
    number = fmt('%04d', plan.size)
    plan.size = plan.size + 1
  else
    number = nil
    for i = 0, plan.size - 1 do
      local lane = fmt('%04d', i)
      if not plan.held[lane] and not plan.new[lane] and is_empty(cold(S).lane_at(i))
        and not rule_at(lane) then
        number = lane
        break
      end
    end
    if not number then return nil end
  end
  plan.of[key], plan.new[number] = number, { key, requirement }
  return number
end

local function plan_lanes(max)
  return { of = {}, new = {}, held = {}, max = tonumber(max) }
end

-- Writes a plan. Parked agents know only the lanes of before: they look for themselves.
local function register(plan)
  if not next(plan.new) then return end
  -- What gives way goes first: its key may come back in another place.
  local gave_way = false
  for number in pairs(plan.new) do
    local old = R('HGET', LANES, 'o:' .. number)
    if old then
      gave_way = true
      R('HDEL', DATA, 'l:' .. old)
    else
      cold(S).lane_at(number + 0)[3] = true
    end
  end
  local keys = {}
  for number, lane in pairs(plan.new) do
    keys[#keys + 1] = lane[1]
    R('HSET', DATA, 'l:' .. lane[1], number)
    R('HSET', LANES, 'o:' .. number, lane[1], 'r:' .. number, lane[2])
  end
  R('HSET', LANES, 'size', plan.size)
  -- Drawn, not counted: after a lost tail a count would come back with other lanes.
  local drawn = sub(redis.sha1hex(S.version .. S.nows .. table.concat(keys, ' ')), 1, 8)
  S.version = drawn == '00000000' and '00000001' or drawn
  -- Who cannot be told stays parked for the lanes that are still the same.
  if S.parked > 0 or (S.others and gave_way) then
    S.parked = S.parked + (S.others or 0)
    for _, who in ipairs(R('HKEYS', BASE .. 'park')) do
      if cold(S).parking().unpark(who) and not S.others then cold(S).tell(who) end
    end
    if S.others then
      S.parked, S.others = 0, false
      R('HSET', DATA, 'parked', '0', 'look', '', 'looker', '')
    end
  end
end
