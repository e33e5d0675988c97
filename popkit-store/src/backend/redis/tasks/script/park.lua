-- Parked agents. Each has an entry in WAIT for each lane that it may serve, in the order of
-- their coming, and in PARK what it wants: 'number,until|lanes|holder,agent,lease,|lease|claim'. Its name is
-- HANDLE:NUMBER; what it is told goes to the inbox of its handle, over which it blocks.
-- Whoever lives asks anew before `until` (16 digits of microseconds).
-- DATA says when one of them looks by itself (`look`) and which one (`looker`).

-- Takes an agent out; answers with what it wanted, and whether it has not asked in time.
local function unpark(S, who)
  local R, fmt, sub, byte, BASE = redis.call, string.format, string.sub, string.byte, S.base
  local want = R('HGET', BASE .. 'park', who)
  if not want then return nil end
  R('HDEL', BASE .. 'park', who)
  local divider = string.find(want, '|', 32, true)
  local number, members = sub(want, 1, 13), { BASE .. 'wait' }
  for i = 32, divider - 1, 2 do
    local x, y = byte(want, i, i + 1)
    members[#members + 1] = fmt('%04d', x * 64 + y - 3120) .. number .. who
  end
  if #members > 1 then R('ZREM', unpack(members)) end
  S.parked = S.parked - 1
  if S.looker == who then S.look, S.looker = nil, nil end
  return want, sub(want, 15, 30) < S.nows
end

-- Tells an agent to look for itself, or gives it a lease: sizes of the parts, then the parts.
local function tell(S, who, lease)
  local inbox = S.base .. 'in:' .. string.match(who, '^[^:]*')
  local text = who .. '\n'
  if lease then
    local sizes = {}
    for i = 1, #lease do sizes[i] = #lease[i] end
    text = text .. table.concat(sizes, ' ') .. '\n' .. table.concat(lease)
  end
  redis.call('RPUSH', inbox, text)
  redis.call('PEXPIRE', inbox, '3600000')
end

-- Takes out who has waited longest for a lane; answers with its name and what it wanted. Who has
-- fallen silent is told to look instead: it is dead, or comes back.
local function take(S, lane4)
  local R, WAIT = redis.call, S.base .. 'wait'
  while S.parked > 0 do
    local next = R('ZRANGEBYLEX', WAIT, '[' .. lane4, '(' .. lane4 .. ':', 'LIMIT', 0, 1)[1]
    if not next then return nil end
    local who = string.sub(next, 18)
    local want, silent = S.unpark(S, who)
    if not want then
      R('ZREM', WAIT, next)
    elseif silent then
      S.tell(S, who)
    else
      return who, want
    end
  end
end

local function parking(S, c)
  local R, fmt, sub, byte = redis.call, string.format, string.sub, string.byte
  local match, concat, BASE, DATA, NONE = string.match, table.concat, S.base, S.data, S.NONE
  local nows, now, TIMERS = S.nows, S.now, S.base .. 'timers'
  local WAIT, PARK = BASE .. 'wait', BASE .. 'park'
  if S.parked > 0 and not S.looked then
    local found = R('HMGET', DATA, 'look', 'looker')
    S.look, S.looker = found[1] ~= '' and found[1] or nil, found[2]
  end

  -- Enters an agent, which may be silent for so long.
  function c.park(who, want, span)
    local number = fmt('%013d', R('HINCRBY', DATA, 'waits', 1))
    R('HSET', PARK, who, concat({ number, ',', fmt('%016d', now + span), '|', concat(want, '|') }))
    local members, served = {}, want[1]
    for i = 1, #served, 2 do
      local x, y = byte(served, i, i + 1)
      members[#members + 1] = '0'
      members[#members + 1] = fmt('%04d', x * 64 + y - 3120) .. number .. who
    end
    if #members > 0 then R('ZADD', WAIT, unpack(members)) end
    S.parked = S.parked + 1
  end

  -- One that is parked has asked again.
  function c.stay(who, entry, span)
    R('HSET', PARK, who, sub(entry, 1, 14) .. fmt('%016d', now + span) .. sub(entry, 31))
  end

  function c.unpark(who)
    return S.unpark(S, who)
  end

  function c.tell(who, lease)
    S.tell(S, who, lease)
  end

  -- Hands what is ready in these lanes to those who wait for it, one task each.
  local function hand_off(ready)
    for n, lane4 in pairs(ready) do
      while S.parked > 0 and c.lane_at(n)[1] ~= NONE and S.places(S.rules, n, c.lane_at(n)[4]) ~= 0 do
        local who, want = S.take(S, lane4)
        if not who then break end
        local served, hold, lease, id = match(want, '^[^|]*|([^|]*)|([^|]*)|([^|]*)|([^|]*)$')
        local timers = { TIMERS }
        local given = S.claim(S, served, { id }, hold, lease, timers)[1]
        if given then R('ZADD', unpack(timers)) end
        c.tell(who, given)
      end
    end
  end

  -- Writes who is parked.
  function c.write_parked()
    if S.parked > 0 or S.was_parked then
      R('HSET', DATA, 'parked', S.parked, 'look', S.look or '', 'looker', S.looker or '')
    end
  end

  -- Writes everything. Before, ready tasks go to those who wait, and where none of them would
  -- look at the next timer in time, one is told to. `also` are lanes of the caller: so an agent
  -- that leaves work behind wakes the next.
  function c.commit_parked(also, field, reply)
    if S.parked > 0 then
      c.flush()
      for i = 1, #(also or ''), 2 do
        local x, y = byte(also, i, i + 1)
        local n = x * 64 + y - 3120
        S.readied[n] = S.readied[n] or fmt('%04d', n)
      end
      hand_off(S.readied)
      local next = S.parked > 0 and c.next_timer()
      if next and not (S.look and S.look <= next and S.look + 1000000 > now) then
        local who = R('HRANDFIELD', PARK)
        if who and c.unpark(who) then c.tell(who) end
      end
    end
    c.write_parked()
    c.write(field, reply)
  end
end
