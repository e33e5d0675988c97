-- ARGV 3 '1' where lanes are counted too: [requirement, ready, open] of each in use. Answers
-- with the counts of the places, in this order.
local lines, ready, size = {}, 0, (R('HGET', BASE .. 'lanes', 'size') or 0) - 1
for i = 0, size do
  local l = cold(S).lane_at(i)
  local lane4 = fmt('%04d', i)
  local queued = l[1] == NONE and 0 or R('ZCARD', BASE .. 'q:' .. lane4)
  ready = ready + queued
  if ARGV[3] == '1' and l[2] > 0 then
    lines[#lines + 1] = { R('HGET', BASE .. 'lanes', 'r:' .. lane4) or '', queued .. '', l[2] .. '' }
  end
end
local found = R('HMGET', DATA, 'n:b', 'n:y', 'n:d', 'n:k', 'n:a', 'n:A', 'n:P', 'n:r', 'n:D',
  'n:F', 'n:C')
found[2] = ready
local done = R('ZCARD', BASE .. 'order')
for i = 1, 11 do
  found[i] = (found[i] or 0) + 0
  done = done - (i == 9 and 0 or found[i])
end
found[9] = done
for i = 1, 11 do found[i] = fmt('%d', found[i]) end
return { found, lines }
