-- KEYS[4…] documents that may belong on the page
-- ARGV[2], ARGV[3] the bounds of the page's names, ARGV[4] the most documents
-- ARGV[5] the bytes that are enough for a page
-- ARGV[6] whether a page may lack documents that are not given, '1' or '0'
-- ARGV[7…] the names of the documents given
--
-- Only keys that are declared are touched: where the page has others, their names are the
-- answer, and the caller comes again with them.
local limit, enough, lacking = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local given = {}
for i = 7, #ARGV do
  local name, key = ARGV[i], KEYS[i - 3]
  given[name] = key
  local kind, found = state(name, key)
  if KINDS[kind] and not found then look(name, key) end
end

-- One more than wanted tells whether there is another page.
local wanted = R('ZRANGE', NAMES, ARGV[2], ARGV[3], 'BYLEX', 'LIMIT', 0, limit + 1)
local known = {}
for _, name in ipairs(wanted) do
  if given[name] then known[#known + 1] = name end
end
if #known < #wanted and not (lacking and #known > 0) then return { 'names', wanted } end

local page, size = {}, 0
for i, name in ipairs(known) do
  if i > limit or size >= enough then return { 'ok', page, 1 } end
  local document, foreign = look(name, given[name])
  if foreign then return { 'type', given[name], foreign } end
  -- A name without a document, as an eviction leaves it, is forgotten.
  if document then
    page[#page + 1] = { name, document.version, document.kind, document.value }
    local parts = document.kind == 'string' and { document.value } or document.value
    for _, part in ipairs(parts) do size = size + #part end
  else
    forget(name)
  end
end
return { 'ok', page, #wanted > limit and 1 or 0 }
