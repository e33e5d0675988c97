-- These scripts claim nothing.
local claim
