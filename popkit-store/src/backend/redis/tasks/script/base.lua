-- What every script of the task path begins with.
--
-- Nearly everything lies in one hash, DATA: what a step reads and writes of it costs one command
-- each way, and commands are what a script's time goes to. KEYS[1] is DATA; the other keys are
-- made of it, so that a call is short (each key and each argument costs the server as much as a
-- small command). Over a wire that cannot block all of them are given, WAKE second, the queues of
-- all lanes last: a service that locks the keys of a script must know them before. Before the
-- queues stands the channel of hints, or `none`.
-- ARGV[1] is the time in microseconds where the caller has a clock of its own, else ''; ARGV[2]
-- the field of DATA with the last reply of the caller's slot, or ''.
--
-- Fields of DATA:
--   m          time (16 digits), cursor of the last event (12), version of the lanes (8), a mark;
--              then of each lane 45 characters: the lowest score of its ready tasks (29 digits, or
--              NONE), how many of its tasks are neither ready nor held nor over (8 digits), and how
--              many are held (8). The mark is '-' where nothing is in the way of quick ways, '1'
--              where nothing is but one parked agent, else '+' (several, `cut`, `rules`)
--   s:ID       state         t:ID  what was asked for, never rewritten
--   e:CURSOR   event (12 digits): task, how many events it had (8 digits) and the last of them
--              (12), time, what happened. Two of one step lie in one field: see event.lua
--   l:KEY      the number of a lane, by the key of its requirement
--   c:ID r:ID f:ID p:ID      checkpoint, result, failures, progress
--   u:ID k:KEY               a task's unique key; the open task of a unique key
--   b:ID                     backoff, where it is not the default
--   a:HOLDER:SLOT            the last answer of a slot
--   n:PLACE                  how many tasks stand there, and h: paused ones that are held. Not
--                            of y (ready), a (assigned) and D (done), which follow from the
--                            queues, from what is held, and from the number of all tasks
--   cut parked look looker   see release.lua and park.lua; the mark '-' says that nobody is
--                            parked, whatever they say. `seq`, `waits`: numbers
--   rules                    of each lane that has a rule 15 characters: lane (4), 'p' where it is
--                            paused, how many leases may be held (10 digits, or blanks)
--
-- These scripts are nearly all of the server's work for a task. The way that most steps take
-- (finish with `done`, claim) is written for speed: states are cut by position, and all that is
-- shared lies in one table, S, because a local that a function shares costs as much as a small
-- command. Everything else goes by functions that are made when they are needed: cold.lua.
--
-- A task's state is one text. Times have 16 digits of microseconds, zeros where there is none.
--    1      state: b backlog, p pending, a assigned, A active, P paused, r review, D done,
--           F failed, C cancelled
--    2      '+' where finishing takes the long way: flags v, u, k or r
--    3      '+' where DATA holds more of it: flags c, r, f or p
--    4- 7   lane              8- 36  score: 16 and 13 digits (the second is its number)
--   37- 85  token of the last claim: fence (16), ',', claim id (32)
--   86-101  deadline        102-109  revision       110-121  its last event
--  122-127  attempt         128-143  assigned       144-159  started
--  160-175  updated         176-191  ended
--  192-     '|' holder,agent,length,suspect (or nothing)
--           '|' token,how of the lease that ended last (or nothing)
--           '|' flags: v asks for review, u unique key, k has dependants, b backoff of its own,
--               c checkpoint, r result, f failures, p progress
--           '|' open parents,due,attempts allowed,abandons,abandons allowed,priority,created
--
-- What the usual ways write is shorter, for the server hashes every string that a script has; who
-- works with fields by name never sees it (cold.lua):
--   y  pending, never claimed: 2-36 as above, 37-48 its last event, then '||' flags and the rest
--   z  done, by the lease of the token: 2-85 as above, 86-93 revision, 94-105 its last event,
--      106-111 attempt, 112-127 assigned, 128-143 started, 144-159 ended, then '|' flags and the
--      rest
local R, fmt, sub, find, byte = redis.call, string.format, string.sub, string.find, string.byte
local DATA = KEYS[1]
local BASE = sub(DATA, 1, -6)
local TIMERS = BASE .. 'timers'
-- The stream of wake-ups for those who poll; nothing where waiting agents are parked.
local WAKE = KEYS[3] and KEYS[2]
-- Tells them: the version of the lanes, the lanes that can be claimed from, when a task is due.
local wake = WAKE and function(version, lanes, due)
  local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', '64', '*', 'v', version, 'l', lanes, 'd', due)
  -- A hint that is refused is none.
  if KEYS[11] ~= string.sub(KEYS[1], 1, -6) .. 'none' then
    redis.pcall('PUBLISH', KEYS[11], KEYS[2] .. ' ' .. id)
  end
  return 'woke ' .. id
end
local NONE, ZERO = '                             ', '0000000000000000'
