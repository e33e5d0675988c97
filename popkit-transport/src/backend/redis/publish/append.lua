-- What publishing and importing have in common, after begin.lua.
local keep = { messages = tonumber(ARGV[2]), bytes = tonumber(ARGV[3]), ms = tonumber(ARGV[4]) }

local head = { ms = 0, n = 0, bytes = 0, base = 0, kept = 0, changed = 0, changes = 0 }
if found[1] then
  local form = '^(%x+)%.(%d+)%-(%d+) (%d+) (%d+) (%d+)$'
  local epoch, ms, n, bytes, base, kept = string.match(found[1], form)
  head.ms, head.n, head.bytes = tonumber(ms), tonumber(n), tonumber(bytes)
  head.base, head.kept = tonumber(base), tonumber(kept)
  if head.n > 0 then head.epoch = epoch end
end
if found[2] then
  local changed, changes = string.match(found[2], '^(%d+)%-(%d+)$')
  head.changed, head.changes = tonumber(changed), tonumber(changes)
end
-- Entries that were added, and whether a latest value was replaced.
local added, replaced = 0, false

local function is_error(answer) return type(answer) == 'table' and answer.err end

-- Where the log ends.
local function place()
  if head.n == 0 then return '0000000000000000.0-0' end
  return head.epoch .. '.' .. digits(head.ms) .. '-' .. digits(head.n)
end

-- Adds an entry. Where the stream is not there it is made only if that is wanted.
local function add(ms, stamp, headers, payload, is_new)
  local command = { 'XADD', KEYS[1] }
  if not is_new then command[3] = 'NOMKSTREAM' end
  if keep.messages > 0 then
    command[#command + 1], command[#command + 2], command[#command + 3] = 'MAXLEN', '~', ARGV[2]
  end
  local at = #command
  command[at + 1] = digits(ms) .. '-' .. digits(head.n + 1)
  command[at + 2], command[at + 3] = 'a', head.epoch .. ' ' .. digits(head.bytes) .. stamp
  at = at + 3
  for n = 1, #headers do command[at + n] = headers[n] end
  at = at + #headers
  command[at + 1], command[at + 2] = 'm', payload
  return redis.pcall(unpack(command))
end

-- Appends an entry; answers with an error where the server refuses it. The stamp is
-- ` PRODUCER SEQUENCE`, or nothing.
local function append(stamp, headers, payload)
  local ms = math.max(now, head.ms)
  local answer = head.epoch and add(ms, stamp, headers, payload, false)
  if not answer then
    -- There is no stream. One that was deleted is followed by another log; one that has expired
    -- goes on.
    if not head.epoch or keep.ms == 0 or now - head.ms < keep.ms then
      head.epoch, head.n, head.bytes, head.base = ARGV[1], 0, 0, 0
    end
    head.kept = 0
    answer = add(ms, stamp, headers, payload, true)
  end
  if is_error(answer) and string.find(answer.err, 'equal or smaller', 1, true) then
    -- Somebody else has added to the stream: beyond that.
    local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
    ms = tonumber(string.match(last[1][1], '^%d+')) + 1
    answer = add(ms, stamp, headers, payload, true)
  end
  if is_error(answer) then return answer end
  local size = #payload + #stamp
  for n = 1, #headers do size = size + #headers[n] end
  head.ms, head.n, head.bytes = ms, head.n + 1, head.bytes + size
  added = added + 1
end

-- What was added before this entry; nothing where somebody else added it.
local function base_of(entry)
  if entry[2][1] == 'a' then return tonumber(string.match(entry[2][2], '^%x+ (%d+)')) end
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
  local ending = { place(), digits(head.bytes), digits(head.base), digits(head.kept) }
  ending = table.concat(ending, ' ')
  if replaced then
    local changes = digits(head.changed) .. '-' .. digits(head.changes)
    redis.call('HSET', KEYS[2], 'end', ending, 'changes', changes)
  else
    redis.call('HSET', KEYS[2], 'end', ending)
  end
  if is_due then upkeep() end
end
