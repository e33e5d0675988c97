-- The slot's last reply, and the states of what is finished: see step.lua.
local wanted, request = ARGV[8] + 0, ARGV[3]
local wants = { ARGV[2] }
for i = 9 + wanted, #ARGV, 3 do wants[#wants + 1] = 's:' .. ARGV[i] end
