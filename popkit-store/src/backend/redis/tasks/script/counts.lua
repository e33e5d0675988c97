-- ARGV 3 '1' where lanes are counted too: [requirement, ready, open] of each in use. Answers
-- with the counts of the places, in this order.
local lines, ready, held, size = {}, 0, 0, (R('HGET', BASE .. 'lanes', 'size') or 0) - 1
for i = 0, size do
  local l = cold(S).lane_at(i)
  local lane4 = fmt('%04d', i)
  local queued = l[1] == NONE and 0 or R('ZCARD', BASE .. 'q:' .. lane4)
  local open = queued + l[4] + l[2]
  ready, held = ready + queued, held + l[4]
  if ARGV[3] == '1' and open > 0 then
    lines[#lines + 1] = { R('HGET', BASE .. 'lanes', 'r:' .. lane4) or '', queued .. '', open .. '' }
  end
end
local found = R('HMGET', DATA, 'n:b', 'n:y', 'n:d', 'n:k', 'n:a', 'n:A', 'n:P', 'n:r', 'n:D',
  'n:F', 'n:C', 'n:h')
found[2], found[5] = ready, held - (found[6] or 0) - (found[12] or 0)
local done = R('ZCARD', BASE .. 'order')
for i = 1, 11 do
  found[i] = (found[i] or 0) + 0
  done = done - (i == 9 and 0 or found[i])
end
found[9] = done
for i = 1, 11 do found[i] = fmt('%d', found[i]) end
return { found, lines }
