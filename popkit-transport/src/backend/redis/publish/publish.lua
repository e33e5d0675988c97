-- Publishes messages of one channel, in their order, up to the first that fails.
--
-- KEYS  5 how many messages the transport's own producer has sent
-- ARGV  5 the channel  6 the transport's producer  7 the last sequence it knows of and, where
--       that is another, the last it may have used; then of each message its payload, and what
--       is said of it:
--
-- | Said | Is |
-- |---|---|
-- | nothing at the end, or an empty text | a message of the log, counted here |
-- | `+`, producer, sequence | one with a stamp |
-- | a number, producer, sequence, key, changes to keep, texts | any: so many texts of headers |
--
-- There the producer is empty for a message counted here, the sequence of a latest value is empty
-- for the number of its change, and the key is empty for the log.
--
-- Answers with a text for each message: its position, its sequence, and the time of a latest
-- value. Behind the last of these `! ERROR` says why the next message failed: not every wire can
-- carry an error within a list. A message that was done at once (quick.lua) is answered with its
-- text alone.
local function count()
  if not sent then
    if not counted then
      local answer = redis.pcall('INCR', KEYS[5])
      if is_error(answer) then return answer end
      counted = answer
    end
    local known, used = string.match(ARGV[7], '^(%d+) ?(%d*)$')
    local least = tonumber(counted == 1 and used ~= '' and used or known)
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
local function replace(key, stamp, headers, payload, changes)
  local changed = math.max(now, head.changed)
  local id = digits(changed) .. '-' .. digits(head.changes + 1)
  local value = { 'l', place(), 'k', key, 's', stamp }
  for _, text in ipairs(headers) do value[#value + 1] = text end
  value[#value + 1], value[#value + 2] = 'm', payload
  local answer = redis.pcall('XADD', KEYS[4], 'MAXLEN', '=', changes, id, unpack(value))
  if is_error(answer) then return answer end
  redis.call('HSET', KEYS[3], key, netstrings({ id, unpack(value) }))
  if head.changes == 0 then head.kept = 0 end
  head.changed, head.changes, replaced = changed, head.changes + 1, true
end

local answers, at = {}, 8
local refused
while ARGV[at] and not refused do
  local payload, form = ARGV[at], ARGV[at + 1] or ''
  local producer, sequence, key, changes, texts = '', '', '', nil, {}
  at = at + 2
  if form ~= '' then
    producer, sequence = ARGV[at], ARGV[at + 1]
    at = at + 2
  end
  if form ~= '' and form ~= '+' then
    key, changes = ARGV[at], ARGV[at + 1]
    for n = 1, tonumber(form) do texts[n] = ARGV[at + 1 + n] end
    at = at + 2 + #texts
  end
  local is_counted = producer == ''
  local answer
  if is_counted then
    answer = count()
    producer, sequence = ARGV[6], digits((sent or 0) + 1)
  elseif sequence == '' then
    sequence = digits(head.changes + 1)
  end
  if channel ~= '' and not is_told then
    answer = answer or redis.pcall('PUBLISH', channel, payload .. mark)
  end
  is_told = nil
  local stamp = producer .. ' ' .. sequence
  if is_error(answer) then
    refused = answer
  elseif key == '' then
    refused = append(' ' .. stamp, texts, payload)
  else
    refused = replace(key, stamp, texts, payload, changes)
  end
  if not refused then
    if legacy then
      redis.call('XADD', legacy, 'MAXLEN', '~', '1000', '*',
        'message', payload, 'timestamp', digits(now), 'popkit', '1')
    end
    if is_counted then sent = sent + 1 end
    answer = place() .. ' ' .. sequence
    if key ~= '' then answer = answer .. ' ' .. digits(head.changed) end
    answers[#answers + 1] = answer
  end
end
if sent and sent ~= counted then redis.call('INCRBY', KEYS[5], digits(sent - counted)) end
if added == 0 and not replaced then return refused or answers end
finish()
if legacy then redis.call('EXPIRE', legacy, '604800') end
-- A hint is not worth an error.
if wake ~= '' and added > 0 then
  redis.pcall('PUBLISH', wake, KEYS[1] .. ' ' .. digits(head.ms) .. '-' .. digits(head.n))
end
if refused then answers[#answers + 1] = '! ' .. refused.err end
return answers
