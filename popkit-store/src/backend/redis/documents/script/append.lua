-- KEYS[4] the document
-- ARGV[2] its name, ARGV[3] the item, ARGV[4] how many to keep, ARGV[5] the most bytes, ARGV[6] '%'
-- where the item is escaped
local name, key, item, keep = ARGV[2], KEYS[4], ARGV[3], tonumber(ARGV[4])
if ARGV[6] == '%' then item = bytes_of(item) end
local kind, found = state(name, key)
if kind ~= 'none' and kind ~= 'list' then
  return KINDS[kind] and { 'shape', name } or { 'type', key, kind }
end

local items = keep > 1 and R('LRANGE', key, 0, keep - 2) or {}
table.insert(items, 1, item)
local size = 0
for _, one in ipairs(items) do size = size + #one end
if size > tonumber(ARGV[5]) then return { 'size', name, size } end

local stop = stop_of(key, found)
local version = note(name, digest_of('list', items), stop)
R('LPUSH', key, item)
R('LTRIM', key, 0, keep - 1)
-- An empty list has had no key that could end.
if stop and not injected then R('PEXPIREAT', key, fmt('%.0f', stop)) end
return { 'ok', version }
