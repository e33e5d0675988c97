-- What every script of the task path begins with.
--
-- KEYS[1] is `meta`; all other keys are made of it, so that a call is short (each key and each
-- argument costs the server as much as a small command). See keys.rs for what they hold.
-- ARGV[1] is the time in microseconds where the caller has a clock of its own, else ''; ARGV[2]
-- the field of META with the last reply of the caller's slot, or ''.
--
-- These scripts are nearly all of the server's work for a task. The way that most steps take
-- (finish with `done`, claim) is written for speed: states are cut by position, and all that is
-- shared lies in one table, S, because a local that a function shares costs as much as a small
-- command. Everything else is in cold.lua, whose functions are made when they are needed.
--
-- A task's state is one text. Times have 16 digits of microseconds, zeros where there is none.
--    1      state: b backlog, p pending, a assigned, A active, P paused, r review, D done,
--           F failed, C cancelled
--    2      '+' where finishing takes the long way: flags v, u, k or r
--    3      '+' where MORE holds something of it: flags c, r, e or p
--    4- 7   lane              8- 36  score: 16 and 13 digits (the second is its number)
--   37- 85  token of the last claim: fence (16), ',', claim id (32)
--   86-101  deadline        102-109  revision       110-121  its last event
--  122-127  attempt         128-143  updated        144-159  ended
--  160-175  assigned        176-191  started
--  192-     '|' holder,agent,length,suspect (or nothing)
--           '|' token,how of the lease that ended last (or nothing)
--           '|' flags: v asks for review, u unique key, k has dependants, b backoff of its own,
--               c checkpoint, r result, e failures, p progress
--           '|' open parents,due,attempts allowed,abandons,abandons allowed,priority,created
local R, fmt, sub, find, byte = redis.call, string.format, string.sub, string.find, string.byte
local META = KEYS[1]
local BASE = sub(META, 1, -5)
local ST, HEADS, TIMERS, EV, QUEUE = BASE .. 'st', BASE .. 'heads', BASE .. 'timers', BASE .. 'ev',
  BASE .. 'q:'
local ZERO = '0000000000000000'
-- HEADS has 37 characters for each lane: the lowest score of its ready tasks (29 digits, or
-- NONE), and how many of its tasks have not ended (8 digits).
local NONE = '                             '

local meta = R('HMGET', META, 'now', 'cursor', 'lanes', 'cut', 'parked', 'n:y', 'n:D', ARGV[2])
local nows = ARGV[1]
if nows == '' then
  local time = R('TIME')
  nows = time[1] .. sub('000000', #time[2] + 1) .. time[2]
end
-- The store's time never goes back.
if meta[1] and meta[1] > nows then nows = meta[1] end
local S = {
  base = BASE, NONE = NONE, ZERO = ZERO, nows = nows, now = nows + 0, cursor = (meta[2] or 0) + 0,
  parked = (meta[5] or 0) + 0, cut = meta[4],
  -- States that were changed, by id; lanes by number: head, open, whether they changed; changes
  -- of the counts.
  texts = {}, lanes = {}, counts = {},
}
