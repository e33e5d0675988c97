-- For those who poll. ARGV 3 version of the lanes, 4 lanes that somebody wants, as claim takes
-- them. Does what time does, and claims nothing. Answers with the next timer, from when on those who
-- poll are to be told, the lanes that can be claimed from (their numbers, and of those that are
-- wanted how many tasks), and the cursor of the log.
if S.version ~= ARGV[3] then return { 'lanes', S.version, R('HGETALL', BASE .. 'lanes') } end
-- The stream goes by the server's clock, which may go back; the store's time does not.
local c, from = cold(S), clock
if not from then
  local time = R('TIME')
  from = time[1] .. sub('000000', #time[2] + 1) .. time[2]
end
local next = c.next_timer()
if S.cut or (next and next <= nows) then
  next = c.maintain()
  c.commit()
end
local wanted, lines = {}, {}
for i = 1, #ARGV[4], 2 do
  local x, y = byte(ARGV[4], i, i + 1)
  wanted[x * 64 + y - 3120] = true
end
for n = 0, #S.heads / 45 - 1 do
  local l = c.lane_at(n)
  local free = places(S.rules, n, l[4])
  if l[1] ~= NONE and free ~= 0 then
    local ready = wanted[n] and R('ZCARD', BASE .. 'q:' .. fmt('%04d', n)) or 0
    lines[#lines + 1] = fmt('%d %d', n, math.min(ready, free or ready))
  end
end
return { 'ok', nows, next or '', from, table.concat(lines, ';'), fmt('%012d', S.cursor) }
