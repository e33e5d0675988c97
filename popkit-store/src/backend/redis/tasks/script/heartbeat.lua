-- ARGV 3 lease, then what is held: id, fence, claim, checkpoint, progress.
local c, answers, deadline = cold(), {}, fmt('%.0f', now + ARGV[3])
for i = 4, #ARGV, 5 do
  local id, fence, by, checkpoint, progress = unpack(ARGV, i, i + 4)
  local t = c.get(id)
  if not t then
    answers[#answers + 1] = 'gone'
  elseif t.holder == '' or t[4] ~= fence or t.claim ~= by then
    answers[#answers + 1] = 'lost ' .. t[1] .. ' ' .. t[5] .. ' ' .. t.agent
  else
    t.deadline, t.length, t.suspect = deadline, ARGV[3], ''
    if checkpoint ~= '' then
      if checkpoint == 'null' then c.drop(t, 'c') else c.keep(t, 'c', checkpoint) end
      event(t, 'checkpointed ' .. checkpoint)
    end
    if progress ~= '' and t[1] ~= 'P' then
      t[1] = 'A'
      c.keep(t, 'p', progress)
      event(t, 'progressed ' .. progress)
    end
    c.save(t)
    answers[#answers + 1] = 'ok ' .. t[1]
  end
end
local next = maintain()
commit(next)
return { 'ok', nows, next or '', answers }
