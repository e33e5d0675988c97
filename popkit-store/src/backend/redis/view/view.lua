-- KEYS[1] where the view stands. ARGV 1 where the writer found it, 2 where it stands then, then
-- commands: how many words, then the words. Answers with 0 where another writer was faster, else
-- with 1, how many commands were refused, and the first refusal.
--
-- The names are those of another system, whose keys may be of other types: what cannot be written
-- is left out, and everything else goes on.
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return { 0, 0, '' } end
local refused, why = 0, ''
local function R(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then
    refused, why = refused + 1, why == '' and answer.err or why
    return false
  end
  return answer
end

-- Who holds a task now: the one who held it before is idle, unless busy with another.
local function held(id, agent, at)
  local before = R('HGET', 'task:' .. id, 'assignee')
  if before and before ~= '' and before ~= agent
    and R('HGET', 'agent:' .. before, 'current_task') == id then
    R('HSET', 'agent:' .. before, 'status', 'idle', 'last_seen', at, 'current_task', '')
  end
  if agent ~= '' then
    R('HSET', 'agent:' .. agent, 'status', 'busy', 'last_seen', at, 'current_task', id)
    R('EXPIRE', 'agent:' .. agent, 86400)
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
redis.call('SET', KEYS[1], ARGV[2])
return { 1, refused, why }
