-- The event of this cursor; with `gone` it is removed. Two events of one step lie in the field of
-- the first: '+', the second, a line end, the first.
local function event_at(cursor, gone)
  local field = fmt('e:%012d', cursor)
  local text = R('HGET', DATA, field)
  if text and byte(text) ~= 43 then
    if gone then R('HDEL', DATA, field) end
    return text
  end
  local before = not text and fmt('e:%012d', cursor - 1)
  local pair = text or R('HGET', DATA, before)
  if not pair or byte(pair) ~= 43 then return nil end
  local second, first = string.match(pair, '^%+([^\n]*)\n(.*)$')
  if text then
    if gone then
      R('HDEL', DATA, field)
      R('HSET', DATA, fmt('e:%012d', cursor + 1), second)
    end
    return first
  end
  if gone then R('HSET', DATA, before, first) end
  return second
end
