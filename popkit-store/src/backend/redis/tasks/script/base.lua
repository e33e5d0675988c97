-- What every script of the task path begins with. KEYS are those of keys.rs, in that order;
-- ARGV[1] is the time in microseconds where the caller has a clock of its own, else ''; ARGV[2]
-- the field of META with the last reply of the caller's slot, or ''.
--
-- These scripts are the whole of the server's work for a task, so the way that most calls take
-- (finish with `done`, claim) is written for speed: few calls, few functions, fields by number.
-- Everything else is in cold.lua, whose functions are made when they are needed.
local R, fmt, sub, find = redis.call, string.format, string.sub, string.find
local match, byte, concat = string.match, string.byte, table.concat
local META, ST, SPEC, HEADS, TIMERS, EV, LANES, EDGES, CUT, UNIQ, MORE, ORDER, WAIT, PARK =
  unpack(KEYS, 1, 14)
-- The ready tasks of a lane: QUEUE and its four digits. The only keys that are made here.
local QUEUE = sub(META, 1, -5) .. 'q:'

-- A task's state, as one text: fields divided by '|', the parts of a field by ','.
--  1 state    2 revision  3 last event  4 fence  5 attempt
--  6 hold: holder, agent, claim, deadline, length, suspect; or ''
--  7 last end: fence, claim, how; or ''
--  8 score    9 lane     10 flags   11 assigned  12 started  13 ended  14 updated
-- 15 open parents, due, attempts allowed, abandons, abandons allowed, priority, created
-- States: b backlog, p pending, a assigned, A active, P paused, r review, D done, F failed,
-- C cancelled; of a pending task's place: y ready, d due, k blocked.
-- Flags: v asks for review, u unique key, k has dependants, b backoff of its own, and what
-- MORE holds of it: c checkpoint, r result, e failures, p progress.
local FIELDS = '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)'
  .. '|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)$'
-- HEADS has 37 characters for each lane: the lowest score of its ready tasks (29 digits, or
-- NONE), and how many of its tasks have not ended (8 digits).
local NONE = '                             '
-- Ended tasks stand in TIMERS too, this far behind all that is still to come.
local FAR = 5e15
local OVER = { D = true, F = true, C = true }

local meta = R('HMGET', META, 'now', 'cursor', 'lanes', 'cut', 'parked', 'n:y', 'n:a', 'n:D',
  ARGV[2])
local nows, now = ARGV[1], nil
if nows == '' then
  local time = R('TIME')
  nows = time[1] .. sub('000000', #time[2] + 1) .. time[2]
end
now = tonumber(nows)
-- The store's time never goes back.
if meta[1] and tonumber(meta[1]) > now then
  nows = meta[1]
  now = tonumber(nows)
end
local cursor, parked = tonumber(meta[2] or 0), tonumber(meta[5] or 0)
-- Tasks by id; those to be written; changes of the counts; lanes by number: head, open, lane.
local tasks, dirty, counts, lanes, heads, readied = {}, {}, {}, {}, nil, {}

local function lane_at(n)
  local l = lanes[n]
  if not l then
    heads = heads or R('GET', HEADS) or ''
    local h = sub(heads, n * 37 + 1, n * 37 + 29)
    l = { h == '' and NONE or h, tonumber(sub(heads, n * 37 + 30, n * 37 + 37)) or 0, n }
    lanes[n] = l
  end
  return l
end

-- Tells the log: task, number among its events, its event before, time, what happened.
local function event(t, what)
  cursor = cursor + 1
  local number = t[2] + 1
  R('XADD', EV, cursor .. '-0', 'e', t.id .. ' ' .. number .. ' ' .. t[3] .. ' ' .. nows .. ' ' .. what)
  t[2], t[3], t[14] = number, cursor, nows
  if not t.dirty then
    t.dirty = true
    dirty[#dirty + 1] = t
  end
end

local narrow

-- All there is of a task: id, state, what was asked for, and what MORE holds of it.
local function record(t, spec)
  if t.wide then narrow(t) end
  local all = { t.id, concat(t, '|'), spec or R('HGET', SPEC, t.id) or '' }
  if find(t[10], '[crep]') then
    for flag in string.gmatch(t[10], '[crep]') do
      all[#all + 1] = flag
      all[#all + 1] = R('HGET', MORE, flag .. ':' .. t.id) or ''
    end
  end
  return all
end

-- The next timer, in microseconds.
local function next_timer()
  local next = R('ZRANGE', TIMERS, 0, 0, 'WITHSCORES')[2]
  return next and tonumber(next) < FAR and next or nil
end

-- Writes what has changed; `field` and `reply` are the slot's.
local function write(field, reply)
  for from = 1, #dirty, 500 do
    local values, n = {}, 0
    for i = from, math.min(from + 499, #dirty) do
      local t = dirty[i]
      if t.wide then narrow(t) end
      values[n + 1], values[n + 2] = t.id, concat(t, '|')
      n, t.dirty = n + 2, nil
    end
    R('HSET', ST, unpack(values))
  end
  dirty = {}
  for n, l in pairs(lanes) do
    if l.dirty then
      R('SETRANGE', HEADS, n * 37, l[1] .. fmt('%08d', l[2]))
      l.dirty = nil
    end
  end
  local values = { META, 'now', nows, 'cursor', cursor }
  for p, change in pairs(counts) do
    if change ~= 0 then
      local at = p == 'y' and 6 or p == 'a' and 7 or p == 'D' and 8
      if at then
        values[#values + 1] = 'n:' .. p
        values[#values + 1] = (meta[at] or 0) + change
        meta[at] = (meta[at] or 0) + change
      else
        R('HINCRBY', META, 'n:' .. p, change)
      end
    end
  end
  counts = {}
  if field then
    values[#values + 1] = field
    values[#values + 1] = reply
  end
  R('HSET', unpack(values))
end
