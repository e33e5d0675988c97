-- Parked agents. Each has an entry in WAIT for each lane that it may serve, in the order of
-- their coming, and in PARK what it wants: 'number|lanes|holder|agent|lease|claim'. Its name is
-- HANDLE:NUMBER; what it is told goes to the inbox of its handle, over which it blocks.
-- `look` is when one of them looks by itself, `looker` which one.
local look, looker
local parked_before = parked

-- Takes an agent out; answers with what it wanted.
local function unpark(who)
  local want = R('HGET', PARK, who)
  if not want then return nil end
  R('HDEL', PARK, who)
  local number, served = match(want, '^(%d+)|([^|]*)|')
  local members = {}
  for i = 1, #served, 2 do
    local a, b = byte(served, i, i + 1)
    members[#members + 1] = fmt('%04d', a * 64 + b - 3120) .. number .. who
  end
  if #members > 0 then R('ZREM', WAIT, unpack(members)) end
  parked = parked - 1
  if looker == who then look, looker = nil, nil end
  return want
end

-- Tells an agent to look for itself, or gives it a lease: sizes of the parts, then the parts.
local function tell(who, lease)
  local inbox = sub(META, 1, -5) .. 'in:' .. match(who, '^[^:]*')
  local text = who .. '\n'
  if lease then
    local sizes = {}
    for i = 1, #lease do sizes[i] = #lease[i] end
    text = text .. concat(sizes, ' ') .. '\n' .. concat(lease)
  end
  R('RPUSH', inbox, text)
  R('PEXPIRE', inbox, 3600000)
end

local function tell_any()
  local who = R('HRANDFIELD', PARK)
  if who and unpark(who) then tell(who) end
end

-- Hands what is ready in these lanes to those who wait for it, one task each.
local function hand_off(ready)
  for n, lane4 in pairs(ready) do
    while parked > 0 and lane_at(n)[1] ~= NONE do
      local next = R('ZRANGEBYLEX', WAIT, '[' .. lane4, '(' .. lane4 .. ':', 'LIMIT', 0, 1)[1]
      if not next then break end
      local who = sub(next, 18)
      local want = unpark(who)
      if want then
        local all, holder, agent, lease, id =
          match(want, '^%d+|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)$')
        tell(who, claim(all, { id }, holder, agent, lease)[1])
      else
        R('ZREM', WAIT, next)
      end
    end
  end
end

-- Who looks, as far as anybody is parked.
local function who_looks()
  local found = R('HMGET', META, 'look', 'looker')
  look, looker = tonumber(found[1] or ''), found[2]
end
if parked > 0 then who_looks() end

-- Writes everything. Before, ready tasks go to those who wait, and where none of them would
-- look at the next timer in time, one is told to: `also` are lanes of the caller, so that an
-- agent which leaves work behind wakes the next.
local function commit(next, also, field, reply)
  if parked > 0 then
    local before = parked
    for i = 1, #(also or ''), 2 do
      local a, b = byte(also, i, i + 1)
      local n = a * 64 + b - 3120
      readied[n] = readied[n] or fmt('%04d', n)
    end
    hand_off(readied)
    if parked ~= before then next = next_timer() end
    if parked > 0 and next and not (look and look <= tonumber(next) and look + 1000000 > now) then
      tell_any()
    end
  end
  if parked > 0 or parked ~= parked_before then
    R('HSET', META, 'parked', parked, 'look', look and fmt('%.0f', look) or '', 'looker',
      looker or '')
  end
  write(field, reply)
end
