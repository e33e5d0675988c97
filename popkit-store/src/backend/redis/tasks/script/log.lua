-- The log. ARGV 3 after this cursor, 4 how many. Answers with entries (cursor, text, what was
-- asked for where it tells of an insertion) and the last cursor that was looked at.
local at, last, wanted, found, size = ARGV[3] + 0, S.cursor, ARGV[4] + 0, {}, 0
local low = (R('HGET', DATA, 'low') or 0) + 0
if at < low then at = low end
-- Pruned events leave holes: a bounded number of cursors is looked at.
for _ = 1, 8 do
  if at >= last or #found >= wanted or size > 8388608 then break end
  local fields, upto = { DATA }, math.min(at + 1000, last)
  -- From the one before: its field may hold the next, too.
  for cursor = at, upto do fields[#fields + 1] = fmt('e:%012d', cursor) end
  local texts = R('HMGET', unpack(fields))
  local second = texts[1] and string.match(texts[1], '^%+([^\n]*)\n')
  for i = 2, #texts do
    at = at + 1
    local text = texts[i] or second
    second = nil
    if text and byte(text) == 43 then second, text = string.match(text, '^%+([^\n]*)\n(.*)$') end
    if text then
      local entry = { at .. '', text }
      local id = string.match(text, '^(%S+) %d+ %d+ inserted ')
      if id then entry[3] = R('HGET', DATA, 't:' .. id) or '' end
      found[#found + 1] = entry
      size = size + #text + #(entry[3] or '')
      if #found >= wanted or size > 8388608 then break end
    end
  end
end
return { found, at .. '', at >= last and '1' or '' }
