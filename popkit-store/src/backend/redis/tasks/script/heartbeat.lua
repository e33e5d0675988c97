-- ARGV 3 lease, then what is held: id, token, checkpoint, progress.
local c, answers, deadline = cold(S), {}, fmt('%016.0f', S.now + ARGV[3])
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
    c.save(t)
    answers[#answers + 1] = 'ok ' .. t.state
  end
end
local next = c.maintain()
c.commit()
return { 'ok', nows, next or '', answers }
