-- ARGV 3 lease, then what is held: id, token, checkpoint, progress. Their states were asked for.
local c, answers, deadline = cold(S), {}, fmt('%016.0f', S.now + ARGV[3])
local gone, timers = { TIMERS }, { TIMERS }
for i = 4, #ARGV, 4 do
  local state = found[4 + i / 4]
  if state then S.loaded[ARGV[i]] = state end
end
for i = 4, #ARGV, 4 do
  local id, token, checkpoint, progress = unpack(ARGV, i, i + 3)
  local t = c.get(id)
  if not t then
    answers[#answers + 1] = 'gone'
  elseif t.holder == '' or t.token ~= token then
    answers[#answers + 1] = 'lost ' .. t.state .. ' ' .. t.attempt .. ' ' .. t.agent
  else
    t.deadline, t.length, t.suspect = deadline, ARGV[3], ''
    if checkpoint ~= '' then
      if checkpoint == 'null' then c.more().drop(t, 'c') else c.more().keep(t, 'c', checkpoint) end
      c.event(t, 'checkpointed ' .. checkpoint)
    end
    if progress ~= '' and t.state ~= 'P' then
      t.state = 'A'
      c.more().keep(t, 'p', progress)
      c.event(t, 'progressed ' .. progress)
    end
    -- All timers move at once.
    local timer = deadline .. sub(t.score, 17) .. t.id
    if timer ~= t.timer then
      gone[#gone + 1], t.timer = t.timer, timer
      timers[#timers + 1] = '0'
      timers[#timers + 1] = timer
    end
    c.save(t)
    answers[#answers + 1] = 'ok ' .. t.state
  end
end
for from = 2, #gone, 1000 do R('ZREM', TIMERS, unpack(gone, from, math.min(from + 999, #gone))) end
for from = 2, #timers, 1000 do
  R('ZADD', TIMERS, unpack(timers, from, math.min(from + 999, #timers)))
end
local next = c.maintain()
c.commit()
return { S.word or 'ok', nows, next or '', answers }
