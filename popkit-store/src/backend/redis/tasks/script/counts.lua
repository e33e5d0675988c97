-- ARGV 2 '1' where lanes are counted too: then [requirement, ready, open] of each in use.
local lanes = {}
if ARGV[2] == '1' then
  local open = R('HGETALL', OPEN)
  for i = 1, #open, 2 do
    if tonumber(open[i + 1]) > 0 then
      local lane = open[i]
      lanes[#lanes + 1] = { R('HGET', LANES, 'r:' .. lane) or '',
        R('ZLEXCOUNT', READY, '[' .. lane, '(' .. lane .. ':'), open[i + 1] }
    end
  end
end
return { R('HGETALL', META), lanes }
