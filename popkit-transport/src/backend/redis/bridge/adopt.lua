-- Appends what predecessors have added to their stream of one channel, for whoever comes first: the
-- place up to which it was done is compared, and moved in the same step.
--
-- KEYS  5 that place
-- ARGV  5 the place as the caller knows it  6 the place behind all that he has read
--       7 the channel for hints, or nothing; then of each message the id of its entry, and it itself
--
-- Answers 1 and the new place; 0 and the place where it is another than the caller's, and nothing
-- was done. An error tells that a message was refused; those before it are done.
local at = redis.call('GET', KEYS[5])
if at and at ~= ARGV[5] then return { 0, at } end
local done, refused = ARGV[5], nil
for n = 8, #ARGV, 2 do
  refused = append('', {}, ARGV[n + 1])
  if refused then break end
  done = ARGV[n]
end
if not refused then done = ARGV[6] end
if added > 0 then
  finish()
  if ARGV[7] ~= '' then
    redis.pcall('PUBLISH', ARGV[7], KEYS[1] .. ' ' .. digits(head.ms) .. '-' .. digits(head.n))
  end
end
redis.call('SET', KEYS[5], done, 'EX', '1209600')
return refused or { 1, done }
