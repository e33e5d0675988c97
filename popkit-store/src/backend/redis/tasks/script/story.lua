-- The events of one task, last first: each names the one before it. ARGV 3 id, 4 from this
-- cursor ('' the last one), 5 after this cursor, 6 how many at most. Answers with entries as
-- log.lua, and where to go on.
local from, after, left, found = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), {}
if from == '' then
  local s = R('HGET', DATA, 's:' .. ARGV[3])
  local at = s and (byte(s) == 121 and 37 or byte(s) == 122 and 94 or 110)
  from = s and sub(s, at, at + 11) or '0'
end
while from + 0 > after and left > 0 do
  local at, text = fmt('%d', from), event_at(from) or ''
  local id, before, word = string.match(text, '^(%S+) %d%d%d%d%d%d%d%d(%d+) %d+ (%S+)')
  if id ~= ARGV[3] then break end
  local entry = { at, text }
  if word == 'inserted' then entry[3] = R('HGET', DATA, 't:' .. id) or '' end
  found[#found + 1] = entry
  left, from = left - 1, before
end
return { found, from + 0 > after and left == 0 and from or '' }
