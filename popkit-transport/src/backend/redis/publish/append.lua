-- What publishing and importing have in common. The keys of a channel and how much of it is
-- kept come first:
--
-- KEYS  1 the log  2 its head  3 the latest values  4 their changes  5 the caller's own
-- ARGV  1 the epoch of a log that begins here  2 messages, 3 bytes, 4 milliseconds to keep;
--       0: no bound
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local keep = { messages = tonumber(ARGV[2]), bytes = tonumber(ARGV[3]), ms = tonumber(ARGV[4]) }

-- The head. `ms` and `n` are the id of the log's last entry, `bytes` what was ever added, `base`
-- what of it was gone at the last look; `changed` and `changes` the id of the last change of a
-- latest value.
local names = { 'ms', 'n', 'bytes', 'base', 'changed', 'changes' }
local found = redis.call('HMGET', KEYS[2], 'epoch', unpack(names))
local head = { epoch = found[1] }
for at, name in ipairs(names) do head[name] = tonumber(found[at + 1] or 0) end
local touched = {}

local function digits(number) return string.format('%.0f', number) end

local function is_error(answer) return type(answer) == 'table' and answer.err end

-- Begins another log where somebody has deleted it. One that has expired goes on.
local function begin()
  local aged = keep.ms > 0 and now - head.ms >= keep.ms
  if head.epoch and (aged or redis.call('EXISTS', KEYS[1]) == 1) then return end
  head.epoch, head.ms, head.n, head.bytes, head.base = ARGV[1], 0, 0, 0, 0
end

-- Appends an entry; answers with an error where the server refuses it.
local function append(fields, payload)
  local ms = math.max(now, head.ms)
  local size = #payload
  for _, text in ipairs(fields) do size = size + #text end
  local command = { 'XADD', KEYS[1] }
  if keep.messages > 0 then
    command[3], command[4], command[5] = 'MAXLEN', '~', ARGV[2]
  end
  local at = #command + 1
  local function try()
    command[at] = digits(ms) .. '-' .. digits(head.n + 1)
    return redis.pcall(unpack(command))
  end
  command[at], command[at + 1], command[at + 2] = '', 'e', head.epoch
  command[at + 3], command[at + 4] = 'b', digits(head.bytes)
  for _, text in ipairs(fields) do command[#command + 1] = text end
  command[#command + 1], command[#command + 2] = 'm', payload
  local answer = try()
  if is_error(answer) and string.find(answer.err, 'equal or smaller', 1, true) then
    -- Somebody else has added to the stream: beyond that.
    local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
    ms = tonumber(string.match(last[1][1], '^%d+')) + 1
    answer = try()
  end
  if is_error(answer) then return answer end
  head.ms, head.n, head.bytes = ms, head.n + 1, head.bytes + size
  touched[1] = (touched[1] or 0) + 1
end

-- What was added before this entry; nothing where somebody else added it.
local function base_of(entry)
  if entry[2][3] == 'b' then return tonumber(entry[2][4]) end
end

-- Removes what lies beyond the bytes to keep, a part at a time: an entry is looked at for each
-- that was added, and some more.
local function trim()
  local bound = keep.bytes
  if head.bytes - head.base <= bound + bound / 16 then return end
  local from, cut, left = '-', nil, touched[1] + 32
  repeat
    local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 16)
    local is_within = #entries == 0
    for _, entry in ipairs(entries) do
      from, left = '(' .. entry[1], left - 1
      local base = base_of(entry)
      if base then
        head.base, cut = base, entry[1]
        is_within = head.bytes - base <= bound
      end
      if is_within then break end
    end
  until is_within or left <= 0
  if cut then redis.call('XTRIM', KEYS[1], 'MINID', '=', cut) end
end

-- Removes what is no longer kept, and writes the head.
local function finish()
  if touched[1] then
    if keep.ms > 0 then
      redis.call('XTRIM', KEYS[1], 'MINID', '~', digits(now - keep.ms))
    end
    if keep.bytes > 0 then trim() end
  end
  local fields = {}
  if head.epoch then fields = { 'epoch', head.epoch } end
  for _, name in ipairs(names) do
    fields[#fields + 1], fields[#fields + 2] = name, digits(head[name])
  end
  redis.call('HSET', KEYS[2], unpack(fields))
  -- What nobody publishes to any more is gone when all of it is too old; the head later, so
  -- that what was missed can be counted.
  touched[2] = 1
  for at in pairs(touched) do
    local factor = at == 2 and 2 or 1
    if keep.ms > 0 then
      redis.call('PEXPIRE', KEYS[at], digits(keep.ms * factor))
    else
      redis.call('PERSIST', KEYS[at])
    end
  end
end
