-- What quick.lua leaves to the rest, over a wire where every command is billed: only predecessors
-- are told by PUBLISH, and hints are for who polls.
--
-- KEYS  6 the stream that predecessors read, where they are told
-- ARGV  5 the channel, where it is told by PUBLISH; behind a space the one for hints, if any
local sent, counted
local is_told
local mark = '\t \t'
local channel, wake = string.match(ARGV[5], '^(%S*) ?(%S*)$')
local legacy = KEYS[6]
