-- The events of one task, last first: each names the one before it. ARGV 3 id, 4 from this
-- cursor ('' the last one), 5 after this cursor, 6 how many at most. Answers with entries as
-- log.lua, and where to go on.
local from, after, left, found = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), {}
if from == '' then
  local s = R('HGET', DATA, 's:' .. ARGV[3])
  from = s and sub(s, 110, 121) or '0'
end
while from + 0 > after and left > 0 do
  local at = fmt('%d', from)
  local text = R('HGET', DATA, 'e:' .. at) or ''
  local id, before, word = string.match(text, '^(%S+) %d%d%d%d%d%d%d%d(%d+) %d+ (%S+)')
  if id ~= ARGV[3] then break end
  local entry = { at, text }
  if word == 'inserted' then entry[3] = R('HGET', DATA, 't:' .. id) or '' end
  found[#found + 1] = entry
  left, from = left - 1, before
end
return { found, from + 0 > after and left == 0 and from or '' }
