-- One message of a log that needs no upkeep, which is what nearly every call brings: as the whole
-- script does it, without what that takes to begin. Where anything is out of the ordinary the
-- rest goes on from what was done.
--
-- The transport's own count, kept by the server so that it is right whatever became of a reply.
-- `sent` is the last one used; the key is one ahead while the first message is under way.
local sent, counted
-- Whether the first message was published, and not appended yet.
local is_told

local function quick()
  local payload, epoch, kept = ARGV[14], found[1], (found[8] or 0) + 0
  if not epoch or ARGV[11] ~= '' or ARGV[16] ~= '0' or ARGV[17] then return end
  local bound, age, size = ARGV[3] + 0, ARGV[4] + 0, #payload
  local is_due = age == 0 and kept ~= 0 or age > 0 and now - kept >= age / 64
  local producer, sequence = ARGV[12], ARGV[13]
  local is_counted = producer == ''
  if is_counted then producer, sequence = ARGV[7], '' end
  -- Beyond what a stamp can have.
  local most = (found[4] or 0) + size + #producer + 32
  if is_due or bound > 0 and most - (found[5] or 0) > bound + bound / 16 then return end
  if is_counted then
    -- The first thing that is written: by it a server that takes no writes refuses the call.
    local answer = redis.pcall('INCR', KEYS[5])
    if type(answer) ~= 'number' then return answer end
    counted = answer
    if counted == 1 or counted <= ARGV[9] + 0 then return end
    sequence = digits(counted)
  end
  -- Before it is appended: a user who may not publish shall leave nothing in the log.
  if type(redis.pcall('PUBLISH', ARGV[5], payload .. ARGV[6])) ~= 'number' then return end
  is_told = true
  local ms, number = math.max(now, (found[2] or 0) + 0), digits((found[3] or 0) + 1)
  ms = digits(ms)
  local id, bytes, answer = ms .. '-' .. number, found[4] or '0', nil
  if ARGV[2] == '0' then
    answer = redis.pcall('XADD', KEYS[1], 'NOMKSTREAM', id,
      'e', epoch, 'b', bytes, 'p', producer, 's', sequence, 'm', payload)
  else
    answer = redis.pcall('XADD', KEYS[1], 'NOMKSTREAM', 'MAXLEN', '~', ARGV[2], id,
      'e', epoch, 'b', bytes, 'p', producer, 's', sequence, 'm', payload)
  end
  if type(answer) ~= 'string' then return end
  bytes = digits(bytes + size + #producer + #sequence + 2)
  redis.call('HSET', KEYS[2], 'ms', ms, 'n', number, 'bytes', bytes)
  return { epoch .. '.' .. id, sequence, ms }
end

local answer = quick()
if answer then return answer end
