-- Appends messages that were heard on one channel, for who holds the lease. They are numbered
-- over the whole term: a call that is repeated appends none of them twice.
--
-- KEYS  5 the lease
-- ARGV  5 the token of the term  6 the number of the first message; then the payloads
--
-- Answers 1, or 0 where somebody else holds the lease. An error tells that a message was
-- refused; those before it are done.
local lease = redis.call('HMGET', KEYS[5], 'holder', 'done')
if lease[1] ~= ARGV[5] then return 0 end
local done, refused = tonumber(lease[2]), nil
for at = 7, #ARGV do
  local number = tonumber(ARGV[6]) + at - 7
  if number > done and not refused then
    refused = append('', {}, ARGV[at])
    if not refused then done = number end
  end
end
if added > 0 then
  finish()
  redis.call('HSET', KEYS[5], 'done', digits(done))
end
return refused or 1
