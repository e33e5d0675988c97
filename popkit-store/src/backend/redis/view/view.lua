-- KEYS[1] where the view stands. ARGV 1 where the writer found it, 2 where it stands then, then
-- commands: how many words, then the words. Answers 0 where another writer was faster.
local R = redis.call
if (R('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end

-- Who holds a task now: the one who held it before is idle, unless busy with another.
local function held(id, agent, at)
  local before = R('HGET', 'task:' .. id, 'assignee')
  if before and before ~= '' and before ~= agent
    and R('HGET', 'agent:' .. before, 'current_task') == id then
    R('HSET', 'agent:' .. before, 'status', 'idle', 'last_seen', at, 'current_task', '')
  end
  if agent ~= '' then
    R('HSET', 'agent:' .. agent, 'status', 'busy', 'last_seen', at, 'current_task', id)
  end
end

local at = 3
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  if ARGV[at + 1] == 'held' then
    held(unpack(ARGV, at + 2, at + words))
  else
    R(unpack(ARGV, at + 1, at + words))
  end
  at = at + words + 1
end
R('SET', KEYS[1], ARGV[2])
return 1
