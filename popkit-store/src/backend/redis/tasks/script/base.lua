-- What every script of the task path begins with. KEYS are those of keys.rs, in that order;
-- ARGV[1] is the time in microseconds where the caller has a clock of its own, else ''.
local R, fmt, sub, byte, concat = redis.call, string.format, string.sub, string.byte, table.concat
local META, ST, SPEC, READY, HEADS, TIMERS, EV, LANES, OPEN, EDGES, CUT, UNIQ, MORE, ORDER, ENDED,
  WAIT, PARK = unpack(KEYS, 1, 17)

-- A task's state, as one text: fields divided by '|'.
--  1 state       2 revision    3 last event  4 fence        5 attempt      6 holder
--  7 agent       8 claim       9 deadline    10 length      11 suspect     12 ended fence
--  13 ended claim 14 ended how 15 score      16 lane        17 open        18 due
--  19 attempts   20 abandons   21 abandons allowed          22 flags       23 priority
--  24 created    25 assigned   26 started    27 ended       28 updated
-- States: b backlog, p pending, a assigned, A active, P paused, r review, D done, F failed,
-- C cancelled; of a pending task's place: y ready, d due, k blocked.
-- Flags: v asks for review, u unique key, k has dependants, b backoff of its own, and what
-- MORE holds of it: c checkpoint, r result, e failures, p progress.
local FIELDS = '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)'
  .. '|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)'
  .. '|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)$'
-- A lane without a ready task, in HEADS.
local NONE = '                             '
local OVER = { D = true, F = true, C = true }

local meta = R('HMGET', META, 'now', 'cursor', 'lanes', 'cut', 'parked', 'look', 'looker')
local now
if ARGV[1] == '' then
  local time = R('TIME')
  now = time[1] * 1000000 + time[2]
else
  now = tonumber(ARGV[1])
end
-- The store's time never goes back.
if meta[1] and tonumber(meta[1]) > now then now = tonumber(meta[1]) end
local nows = fmt('%.0f', now)
local cursor = tonumber(meta[2] or 0)
local parked = tonumber(meta[5] or 0)
local parked_before = parked
local tasks, dirty, counts, readied, heads, moved = {}, {}, {}, {}, nil, {}

local function take(id, text)
  local t = { string.match(text, FIELDS) }
  local p = t[1]
  if p == 'p' then p = t[17] ~= '0' and 'k' or t[18] ~= '' and 'd' or 'y' end
  -- Where the indexes have it.
  t.id, t.place, t.score = id, p, t[15]
  t.timer = t[6] ~= '' and t[9] or p == 'd' and t[18] or ''
  tasks[id] = t
  return t
end

local function get(id)
  local t = tasks[id]
  if t == nil then
    local text = R('HGET', ST, id)
    t = text and take(id, text) or false
    tasks[id] = t
  end
  return t
end

local function head(lane)
  local h = moved[lane]
  if h then return h end
  heads = heads or R('GET', HEADS) or ''
  h = sub(heads, lane * 29 + 1, lane * 29 + 29)
  return h == '' and NONE or h
end

local function set_head(lane, h)
  moved[lane] = h
  R('SETRANGE', HEADS, lane * 29, h)
end

local function first(lane4, count)
  return R('ZRANGEBYLEX', READY, '[' .. lane4, '(' .. lane4 .. ':', 'LIMIT', 0, count)
end

local function leave(t)
  local lane = tonumber(t[16])
  R('ZREM', READY, t[16] .. t.score .. t.id)
  if head(lane) == t.score then
    local next = first(t[16], 1)[1]
    set_head(lane, next and sub(next, 5, 33) or NONE)
  end
end

local function enter(t)
  local lane = tonumber(t[16])
  R('ZADD', READY, 0, t[16] .. t[15] .. t.id)
  local h = head(lane)
  if h == NONE or t[15] < h then set_head(lane, t[15]) end
  readied[lane] = t[16]
end

-- Tells the log. The state changes with it, and is written at the end.
local function event(t, what)
  cursor = cursor + 1
  t[2] = t[2] + 1
  R('XADD', EV, cursor .. '-0', 't', t.id, 'h', t[2] .. ',' .. t[3] .. ',' .. nows, 'c', what)
  t[3], t[28], t.text = cursor, nows, nil
end

local function touch(t)
  if not t.dirty then
    t.dirty = true
    dirty[#dirty + 1] = t
  end
end

-- Moves a changed task between the indexes.
local function save(t)
  local p, was = t[1], t.place
  if p == 'p' then p = t[17] ~= '0' and 'k' or t[18] ~= '' and 'd' or 'y' end
  if p ~= was or t[15] ~= t.score then
    if was == 'y' then leave(t) end
    if p == 'y' then enter(t) end
    if p ~= was then
      counts[p] = (counts[p] or 0) + 1
      if was then counts[was] = (counts[was] or 0) - 1 end
      if OVER[p] then
        R('ZADD', ENDED, t[27], t.id)
        if was then R('HINCRBY', OPEN, t[16], -1) end
        if string.find(t[22], 'u', 1, true) then
          R('HDEL', UNIQ, R('HGET', MORE, 'u:' .. t.id) or '')
        end
      elseif OVER[was] then
        R('ZREM', ENDED, t.id)
        R('HINCRBY', OPEN, t[16], 1)
        if string.find(t[22], 'u', 1, true) then
          R('HSET', UNIQ, R('HGET', MORE, 'u:' .. t.id) or '', t.id)
        end
      end
    end
  end
  local timer = t[6] ~= '' and t[9] or p == 'd' and t[18] or ''
  if timer ~= t.timer then
    local member = sub(t[15], 17) .. t.id
    if timer == '' then R('ZREM', TIMERS, member) else R('ZADD', TIMERS, timer, member) end
  end
  t.place, t.score, t.timer, t.text = p, t[15], timer, nil
  touch(t)
end

local function keep(t, flag, value)
  R('HSET', MORE, flag .. ':' .. t.id, value)
  if not string.find(t[22], flag, 1, true) then t[22] = t[22] .. flag end
end

local function drop(t, flag)
  if string.find(t[22], flag, 1, true) then
    R('HDEL', MORE, flag .. ':' .. t.id)
    t[22] = string.gsub(t[22], flag, '')
  end
end

-- The lease is over.
local function part(t, how)
  t[12], t[13], t[14] = t[4], t[8], how
  t[6], t[7], t[8], t[9], t[10], t[11] = '', '', '', '', '', ''
end

-- All there is of a task: id, state, what was asked for, and what MORE holds of it.
local function record(t, spec)
  local all = { t.id, t.text or concat(t, '|'), spec or R('HGET', SPEC, t.id) or '' }
  if string.find(t[22], '[crep]') then
    for flag in string.gmatch(t[22], '[crep]') do
      all[#all + 1] = flag
      all[#all + 1] = R('HGET', MORE, flag .. ':' .. t.id) or ''
    end
  end
  return all
end

local function next_timer()
  return R('ZRANGE', TIMERS, 0, 0, 'WITHSCORES')[2]
end

-- Writes what has changed.
local function write()
  for from = 1, #dirty, 500 do
    local pairs = {}
    for i = from, math.min(from + 499, #dirty) do
      local t = dirty[i]
      pairs[#pairs + 1] = t.id
      pairs[#pairs + 1] = t.text or concat(t, '|')
      t.dirty = nil
    end
    R('HSET', ST, unpack(pairs))
  end
  dirty = {}
  R('HSET', META, 'now', nows, 'cursor', cursor)
  for p, change in pairs(counts) do
    if change ~= 0 then R('HINCRBY', META, 'n:' .. p, change) end
  end
  counts = {}
end
