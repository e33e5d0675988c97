-- ARGV 3 '1' where lanes are counted too: [requirement, ready, open] of each in use. Answers
-- with the counts of the places, in this order.
local lines = {}
if ARGV[3] == '1' then
  for i = 0, (R('HGET', BASE .. 'lanes', 'size') or 0) - 1 do
    local open = cold(S).lane_at(i)[2]
    if open > 0 then
      local lane4 = fmt('%04d', i)
      lines[#lines + 1] = { R('HGET', BASE .. 'lanes', 'r:' .. lane4) or '',
        R('ZCARD', BASE .. 'q:' .. lane4) .. '', open .. '' }
    end
  end
end
local found = R('HMGET', DATA, 'n:b', 'n:y', 'n:d', 'n:k', 'n:a', 'n:A', 'n:P', 'n:r', 'n:D',
  'n:F', 'n:C')
for i = 1, 11 do found[i] = found[i] or '0' end
return { found, lines }
