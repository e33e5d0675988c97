-- The states of what is held, or of the first of it: see heartbeat.lua.
local wants = {}
for i = 4, math.min(#ARGV, 2000), 4 do wants[#wants + 1] = 's:' .. ARGV[i] end
