-- What publishing and importing have in common, after begin.lua.
local keep = { messages = tonumber(ARGV[2]), bytes = tonumber(ARGV[3]), ms = tonumber(ARGV[4]) }

local names = { 'ms', 'n', 'bytes', 'base', 'changed', 'changes', 'kept' }
local head = { epoch = found[1] }
local was = {}
for at = 1, 7 do
  local number = tonumber(found[at + 1] or 0)
  was[at], head[names[at]] = number, number
end
-- Entries that were added, and whether a latest value was replaced.
local added, replaced = 0, false

local function is_error(answer) return type(answer) == 'table' and answer.err end

-- Adds an entry. Where the stream is not there it is made only if that is wanted.
local function add(ms, fields, payload, is_new)
  local command = { 'XADD', KEYS[1] }
  if not is_new then command[3] = 'NOMKSTREAM' end
  if keep.messages > 0 then
    command[#command + 1], command[#command + 2], command[#command + 3] = 'MAXLEN', '~', ARGV[2]
  end
  local at = #command
  command[at + 1] = digits(ms) .. '-' .. digits(head.n + 1)
  command[at + 2], command[at + 3], command[at + 4] = 'e', head.epoch, 'b'
  command[at + 5] = digits(head.bytes)
  at = at + 5
  for n = 1, #fields do command[at + n] = fields[n] end
  at = at + #fields
  command[at + 1], command[at + 2] = 'm', payload
  return redis.pcall(unpack(command))
end

-- Appends an entry; answers with an error where the server refuses it.
local function append(fields, payload)
  local ms = math.max(now, head.ms)
  local answer = head.epoch and add(ms, fields, payload, false)
  if not answer then
    -- There is no stream. One that was deleted is followed by another log; one that has expired
    -- goes on.
    if not head.epoch or keep.ms == 0 or now - head.ms < keep.ms then
      head.epoch, head.n, head.bytes, head.base = ARGV[1], 0, 0, 0
    end
    head.kept = 0
    answer = add(ms, fields, payload, true)
  end
  if is_error(answer) and string.find(answer.err, 'equal or smaller', 1, true) then
    -- Somebody else has added to the stream: beyond that.
    local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
    ms = tonumber(string.match(last[1][1], '^%d+')) + 1
    answer = add(ms, fields, payload, true)
  end
  if is_error(answer) then return answer end
  local size = #payload
  for n = 1, #fields do size = size + #fields[n] end
  head.ms, head.n, head.bytes = ms, head.n + 1, head.bytes + size
  added = added + 1
end

-- What was added before this entry; nothing where somebody else added it.
local function base_of(entry)
  if entry[2][3] == 'b' then return tonumber(entry[2][4]) end
end

-- Removes what lies beyond the bytes to keep, a part at a time: an entry is looked at for each
-- that was added, and some more.
local function trim()
  local from, cut, left = '-', nil, added + 32
  repeat
    local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 16)
    local is_within = #entries == 0
    for _, entry in ipairs(entries) do
      from, left = '(' .. entry[1], left - 1
      local base = base_of(entry)
      if base then
        head.base, cut = base, entry[1]
        is_within = head.bytes - base <= keep.bytes
      end
      if is_within then break end
    end
  until is_within or left <= 0
  if cut then redis.call('XTRIM', KEYS[1], 'MINID', '=', cut) end
end

-- Removes what is too old, now and then. A channel that nobody publishes to any more is gone
-- when all of it is too old; its head later, so that what was missed can be counted.
local function upkeep()
  if keep.ms == 0 then
    for at = 1, 4 do redis.call('PERSIST', KEYS[at]) end
    return
  end
  redis.call('XTRIM', KEYS[1], 'MINID', '~', digits(now - keep.ms))
  local rest = digits(keep.ms + keep.ms / 32)
  for _, at in ipairs({ 1, 3, 4 }) do redis.call('PEXPIRE', KEYS[at], rest) end
  redis.call('PEXPIRE', KEYS[2], digits(keep.ms * 2))
end

-- Removes what is no longer kept, and writes the head.
local function finish()
  local bound = keep.bytes
  if added > 0 and bound > 0 and head.bytes - head.base > bound + bound / 16 then trim() end
  -- Where there is no bound on age, nothing may expire that another bound has let.
  local is_due = head.kept ~= 0
  if keep.ms > 0 then is_due = now - head.kept >= keep.ms / 64 end
  if is_due then head.kept = keep.ms > 0 and now or 0 end
  local fields = {}
  if head.epoch and head.epoch ~= found[1] then fields = { 'epoch', head.epoch } end
  local last = #fields
  for at = 1, 7 do
    local name = names[at]
    if head[name] ~= was[at] then
      fields[last + 1], fields[last + 2] = name, digits(head[name])
      last = last + 2
    end
  end
  redis.call('HSET', KEYS[2], unpack(fields))
  if is_due then upkeep() end
end
