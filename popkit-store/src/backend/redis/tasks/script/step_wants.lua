-- The slot's last reply, counts, and the states of what is finished: see step.lua.
local wanted, request = ARGV[8] + 0, ARGV[3]
local wants = { ARGV[2], 'n:y', 'n:D' }
for i = 9 + wanted, #ARGV, 3 do wants[#wants + 1] = 's:' .. ARGV[i] end
