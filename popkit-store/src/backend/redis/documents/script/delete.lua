-- KEYS[4] the document
-- ARGV[2] its name, ARGV[3] its condition
local name, key = ARGV[2], KEYS[4]
local refusal = refuse(name, key, ARGV[3])
if refusal then return refusal end
local there = state(name, key) ~= 'none'
R('DEL', key)
forget(name)
return { 'ok', there and 1 or 0 }
