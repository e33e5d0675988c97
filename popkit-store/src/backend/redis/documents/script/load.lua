-- KEYS[4] the document
-- ARGV[2] its name
local document, foreign = look(ARGV[2], KEYS[4])
if foreign then return { 'type', KEYS[4], foreign } end
if not document then return { 'ok', false } end
return { 'ok', { document.version, document.kind, document.value } }
