-- ARGV 3 version of the lanes, 4 request, 5 holder, 6 agent, 7 lease, 8 lanes, 9 claims, then
-- their ids, then finishes: id, fence, claim, how, delay, text.
local wanted, request = tonumber(ARGV[9]), ARGV[4]

local seen = meta[9]
if seen and sub(seen, 1, #request) == request then
  local answers, tokens = match(seen, '^[^\n]*\n([^\n]*)\n(.*)$')
  local finished, leases = {}, {}
  for answer in string.gmatch(answers, '[^;]+') do finished[#finished + 1] = answer end
  for id, fence, by in string.gmatch(tokens, '(%S+) (%S+) (%S+)\n') do
    local t = cold().get(id)
    -- Leases that were lost since are left out.
    if t and t.holder ~= '' and t[4] == fence and t.claim == by then
      leases[#leases + 1] = record(t)
    end
  end
  return { 'ok', nows, next_timer() or '', finished, leases }
end
if wanted > 0 and (meta[3] or '0') ~= ARGV[3] then
  return { 'lanes', meta[3] or '0', R('HGETALL', LANES) }
end

local finished, leases, deadline = {}, {}, nil
for i = 10 + wanted, #ARGV, 6 do
  finished[#finished + 1] = finish(unpack(ARGV, i, i + 5))
end
local next = maintain()
if wanted > 0 then
  leases, deadline = claim(ARGV[8], { unpack(ARGV, 10, 9 + wanted) }, ARGV[5], ARGV[6], ARGV[7])
  if deadline and (not next or tonumber(deadline) < tonumber(next)) then next = deadline end
end
if #finished > 0 or #leases > 0 then
  local reply = { request .. ' ' .. nows .. '\n' .. concat(finished, ';') .. '\n' }
  for i = 1, #leases do
    local t = tasks[leases[i][1]]
    reply[i + 1] = t.id .. ' ' .. t[4] .. ' ' .. ARGV[9 + i] .. '\n'
  end
  -- About every fifty steps.
  if cursor % 100 < 2 then cold().sweep() end
  commit(next, ARGV[8], ARGV[2], concat(reply))
else
  commit(next, ARGV[8])
end
return { 'ok', nows, next or '', finished, leases }
