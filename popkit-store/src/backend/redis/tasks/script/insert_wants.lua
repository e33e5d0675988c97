-- Numbers, who looks, and whether the tasks are there: see insert.lua. A batch is at most ten
-- thousand tasks; of a large one only the first are asked for here.
local wants = { 'seq', 'look', 'looker' }
do
  local at = 5
  while at <= #ARGV and #wants < 500 do
    wants[#wants + 1] = 's:' .. ARGV[at]
    local parents = tonumber(ARGV[at + 6])
    at = at + (parents and 10 + 2 * parents or 7)
  end
end
