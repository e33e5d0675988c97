-- KEYS[4] the document, KEYS[5] the guard, or the document again
-- ARGV[2] its name, ARGV[3] its condition, ARGV[4] the time to live in ms or ''
-- ARGV[5] the guard's name, ARGV[6] its condition, '' for no guard
-- ARGV[7] the type, behind '%' where the content is escaped, ARGV[8…] the content
local name, key, kind = ARGV[2], KEYS[4], ARGV[7]
if string.sub(kind, 1, 1) == '%' then
  kind = string.sub(kind, 2)
  for i = 8, #ARGV do ARGV[i] = bytes_of(ARGV[i]) end
end
local refusal = refuse(name, key, ARGV[3])
if not refusal and ARGV[6] ~= '' then refusal = refuse(ARGV[5], KEYS[5], ARGV[6]) end
if refusal then return refusal end

local value = ARGV[8]
if kind ~= 'string' then
  value = {}
  for i = 8, #ARGV do value[i - 7] = ARGV[i] end
end
local stop = ARGV[4] ~= '' and now + tonumber(ARGV[4]) or nil
-- The record comes first: a server that is full refuses the first write, and then none is done.
local version = note(name, digest_of(kind, value), stop)
if kind == 'string' then
  R('SET', key, value)
else
  R('DEL', key)
  local write = kind == 'hash' and 'HSET' or 'RPUSH'
  -- In pieces, because Lua's stack holds no more than 8000 arguments.
  for first = 1, #value, 1000 do
    R(write, key, unpack(value, first, math.min(first + 999, #value)))
  end
end
if stop and not injected then
  R('PEXPIREAT', key, fmt('%.0f', stop))
  -- Whoever makes documents that pass away clears away the records of some that have.
  local over = R('ZRANGE', ENDS, '-inf', fmt('(%.0f', now), 'BYSCORE', 'LIMIT', 0, 8)
  for _, gone in ipairs(over) do forget(gone) end
end
return { 'ok', version }
