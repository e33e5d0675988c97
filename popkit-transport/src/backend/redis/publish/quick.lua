-- One message of a log that needs no upkeep, which is what nearly every call brings: as the whole
-- script does it, without what that takes to begin. Where anything is out of the ordinary the
-- rest goes on from what was done. It runs while everybody else waits: no function or table is
-- made that is not needed, and the fewer arguments a command has, the cheaper it is.
--
-- The transport's own count, kept by the server so that it is right whatever became of a reply.
-- `sent` is the last one used; the key is one ahead while the first message is under way.
local sent, counted
-- Whether the first message was published, and not appended yet.
local is_told
-- What ends a PUBLISH of popkit's own.
local mark = '\t \t'

-- Done once: `break` leaves the message to the rest.
repeat
  local payload, form, producer, sequence = ARGV[8], ARGV[9], ARGV[6], nil
  if form == '+' then producer, sequence = ARGV[10], ARGV[11] end
  if form and (form ~= '+' or ARGV[12]) then break end
  local call, try, format = redis.call, redis.pcall, string.format
  local epoch, last, number, before, rest, base, kept = string.match(
    call('HGET', KEYS[2], 'end') or '', '^(%x+)%.(%d+)%-(%d+) (%d+)( (%d+) (%d+))$')
  if not epoch or number == '0' then break end
  local clock = call('TIME')
  local now = clock[1] * 1000 + clock[2] / 1000
  local bound, age, size = ARGV[3] + 0, ARGV[4] + 0, #payload + #producer + 2
  if age > 0 and now - kept >= age / 64 or age == 0 and kept ~= '0' then break end
  -- With a sequence as long as there is one.
  if bound > 0 and before + size + 20 - base > bound + bound / 16 then break end
  if not form then
    -- The first thing that is written: by it a server that takes no writes refuses the call.
    counted = try('INCR', KEYS[5])
    if type(counted) ~= 'number' then return counted end
    local known = tonumber(ARGV[7])
    if counted == 1 or not known or counted <= known then break end
    sequence = format('%d', counted)
  end
  -- Before it is appended: a user who may not publish shall leave nothing in the log.
  if type(try('PUBLISH', ARGV[5], payload .. mark)) ~= 'number' then break end
  is_told = true
  if now < last + 0 then now = last + 0 end
  local id, answer = format('%d-%d', now - now % 1, number + 1), nil
  if ARGV[2] == '0' then
    answer = try('XADD', KEYS[1], 'NOMKSTREAM', id,
      'a', epoch .. ' ' .. before .. ' ' .. producer .. ' ' .. sequence, 'm', payload)
  else
    answer = try('XADD', KEYS[1], 'NOMKSTREAM', 'MAXLEN', '~', ARGV[2], id,
      'a', epoch .. ' ' .. before .. ' ' .. producer .. ' ' .. sequence, 'm', payload)
  end
  if type(answer) ~= 'string' then break end
  local position, bytes = epoch .. '.' .. id, format('%d', before + size + #sequence)
  call('HSET', KEYS[2], 'end', position .. ' ' .. bytes .. rest)
  return position .. ' ' .. sequence
until true

-- For the rest: over this wire all is told by PUBLISH, and nobody polls.
local channel, wake, legacy = ARGV[5], '', nil
