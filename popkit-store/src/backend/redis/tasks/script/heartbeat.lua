-- ARGV 2 lease, then what is held: id, fence, claim, checkpoint, progress.
local answers, deadline = {}, fmt('%.0f', now + ARGV[2])
for i = 3, #ARGV, 5 do
  local id, fence, by, checkpoint, progress = unpack(ARGV, i, i + 4)
  local t = get(id)
  if not t then
    answers[#answers + 1] = 'gone'
  elseif t[6] == '' or t[4] ~= fence or t[8] ~= by then
    answers[#answers + 1] = 'lost ' .. t[1] .. ' ' .. t[5] .. ' ' .. t[7]
  else
    t[9], t[10], t[11] = deadline, ARGV[2], ''
    if checkpoint ~= '' then
      if checkpoint == 'null' then drop(t, 'c') else keep(t, 'c', checkpoint) end
      event(t, 'checkpointed ' .. checkpoint)
    end
    if progress ~= '' and t[1] ~= 'P' then
      t[1] = 'A'
      keep(t, 'p', progress)
      event(t, 'progressed ' .. progress)
    end
    save(t)
    answers[#answers + 1] = 'ok ' .. t[1]
  end
end
local next = maintain()
commit(next)
return { 'ok', nows, next or '', answers }
