-- Publishes messages of one channel, in their order, up to the first that fails.
--
-- KEYS  5 how many messages the transport's own producer has sent
-- ARGV  5 the channel  6 what marks a PUBLISH as popkit's own  7 the transport's producer, and
--       8 that of its latest values  9 the last sequence it knows of  10 the last it may have
--       used; then of each message: its key, empty for the log; its producer, empty for the
--       transport's; its sequence; its payload; how many changes to keep; how many texts of
--       headers follow, and they
--
-- Answers with three things of each message: its position, its sequence, its time. An error is
-- last: that of the next message.
local nowhere = '0000000000000000.0-0'

local function place()
  if head.n == 0 then return nowhere end
  return head.epoch .. '.' .. digits(head.ms) .. '-' .. digits(head.n)
end

local function count()
  if not sent then
    if not counted then
      local answer = redis.pcall('INCR', KEYS[5])
      if is_error(answer) then return answer end
      counted = answer
    end
    local least = tonumber(counted == 1 and ARGV[10] or ARGV[9])
    if counted == 1 or counted <= least then
      -- A new count, or one whose end or whole the server has lost.
      counted = math.max(counted, least + 1)
      redis.call('SET', KEYS[5], digits(counted), 'EX', 604800)
    end
    sent = counted - 1
  end
end

local function netstrings(parts)
  local out = {}
  for _, part in ipairs(parts) do out[#out + 1] = #part .. ':' .. part .. ',' end
  return table.concat(out)
end

-- Replaces the latest value of a key.
local function replace(key, fields, payload, changes)
  local changed = math.max(now, head.changed)
  local id = digits(changed) .. '-' .. digits(head.changes + 1)
  local value = { 'l', place(), 'k', key }
  for _, text in ipairs(fields) do value[#value + 1] = text end
  value[#value + 1], value[#value + 2] = 'm', payload
  local answer = redis.pcall('XADD', KEYS[4], 'MAXLEN', '=', changes, id, unpack(value))
  if is_error(answer) then return answer end
  redis.call('HSET', KEYS[3], key, netstrings({ id, unpack(value) }))
  if head.changes == 0 then head.kept = 0 end
  head.changed, head.changes, replaced = changed, head.changes + 1, true
end

local answers, at = {}, 11
local refused
while ARGV[at] and not refused do
  local key, producer, sequence, payload = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local is_own = producer == ''
  local is_counted = is_own and key == ''
  local answer
  if is_counted then
    answer = count()
    producer, sequence = ARGV[7], digits((sent or 0) + 1)
  elseif is_own then
    producer, sequence = ARGV[8], digits(head.changes + 1)
  end
  local fields = { 'p', producer, 's', sequence }
  local texts = tonumber(ARGV[at + 5])
  for n = at + 6, at + 5 + texts do fields[#fields + 1] = ARGV[n] end
  if not is_told then
    answer = answer or redis.pcall('PUBLISH', ARGV[5], payload .. ARGV[6])
  end
  is_told = nil
  if is_error(answer) then
    refused = answer
  elseif key == '' then
    refused = append(fields, payload)
  else
    refused = replace(key, fields, payload, ARGV[at + 4])
  end
  if not refused then
    if is_counted then sent = sent + 1 end
    answers[#answers + 1], answers[#answers + 2] = place(), sequence
    answers[#answers + 1] = digits(key == '' and head.ms or head.changed)
  end
  at = at + 6 + texts
end
if sent and sent ~= counted then redis.call('INCRBY', KEYS[5], digits(sent - counted)) end
if added == 0 and not replaced then return refused or answers end
finish()
answers[#answers + 1] = refused
return answers
