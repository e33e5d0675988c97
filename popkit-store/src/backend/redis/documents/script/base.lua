-- What every script of the documents begins with.
--
-- KEYS[1]  hash: a document's name -> 'VERSION DIGEST END'; '' -> the last version given out
-- KEYS[2]  zset, all scores 0: names of documents, in their order
-- KEYS[3]  zset: names of documents that end, by the time in ms
-- KEYS[4…] documents
-- ARGV[1]  the time in ms where the caller has a clock of its own, else ''
--
-- The digest is that of the value, whoever wrote it: where it is another than the record's,
-- somebody else has written. An empty map or list, which Redis cannot keep, is a record alone,
-- whose digest is its type. END is in ms, '' for none.
local R, fmt = redis.call, string.format
local REVISIONS, NAMES, ENDS = unpack(KEYS, 1, 3)
local KINDS = { string = true, hash = true, list = true }

local clock = R('TIME')
local injected = ARGV[1] ~= ''
local now = injected and tonumber(ARGV[1]) or clock[1] * 1000 + math.floor(clock[2] / 1000)

local function digest_of(kind, value)
  if kind == 'string' then return 's' .. redis.sha1hex(value) end
  if #value == 0 then return kind end
  local parts = {}
  if kind == 'list' then
    for i, item in ipairs(value) do parts[i] = #item .. ':' .. item end
    return 'l' .. redis.sha1hex(table.concat(parts))
  end
  for i = 1, #value, 2 do
    parts[#parts + 1] = redis.sha1hex(#value[i] .. ':' .. value[i] .. value[i + 1])
  end
  -- Digests are sorted, not names: Lua compares by the server's locale, and there two names may
  -- be equal.
  table.sort(parts)
  return 'h' .. redis.sha1hex(table.concat(parts))
end

-- Content that was no text came with its bytes escaped over a wire that carries text alone.
local function bytes_of(text)
  return (string.gsub(text, '%%(%x%x)', function(code) return string.char(tonumber(code, 16)) end))
end

local function read(kind, key)
  if kind == 'string' then return R('GET', key) end
  if kind == 'hash' then return R('HGETALL', key) end
  return R('LRANGE', key, 0, -1)
end

-- A record that cannot be read is as none: the document gets a new version.
local function record(name)
  local text = R('HGET', REVISIONS, name) or ''
  local version, digest, stop = string.match(text, '^(%d+) (%w+) (%d*)$')
  return version and { version = version, digest = digest, stop = tonumber(stop) }
end

local function forget(name)
  R('HDEL', REVISIONS, name)
  R('ZREM', NAMES, name)
  R('ZREM', ENDS, name)
end

-- Gives out a version and keeps the record. Versions follow the clock, so that none is used
-- twice even where the server has lost data that it had confirmed.
local function note(name, digest, stop)
  local version = clock[1] * 1000000 + clock[2]
  local last = tonumber(R('HGET', REVISIONS, '') or 0) or 0
  if last >= version then version = last + 1 end
  version = fmt('%.0f', version)
  local at = stop and fmt('%.0f', stop) or ''
  R('HSET', REVISIONS, '', version, name, version .. ' ' .. digest .. ' ' .. at)
  R('ZADD', NAMES, 0, name)
  if stop then R('ZADD', ENDS, at, name) else R('ZREM', ENDS, name) end
  return version
end

-- The type of a document, and its record; 'none' where there is no document (any more).
local function state(name, key)
  local kind, found = R('TYPE', key).ok, record(name)
  local over = found and found.stop and found.stop <= now
  if over and injected and kind ~= 'none' then
    R('DEL', key)
    kind = 'none'
  end
  if kind ~= 'none' then return kind, found end
  if found and not over and KINDS[found.digest] then return found.digest, found end
  if found then forget(name) end
  return 'none'
end

-- When a document ends. The server knows, but of a document that it cannot keep.
local function stop_of(key, found)
  local at = injected and -2 or R('PEXPIRETIME', key)
  if at > 0 then return at end
  return at == -2 and found and found.stop or nil
end

-- The whole document, with a new version where somebody else has written it. Where the type is
-- no document's: nothing, and the type.
local function look(name, key)
  local kind, found = state(name, key)
  if kind == 'none' then return nil end
  if not KINDS[kind] then return nil, kind end
  local value = read(kind, key)
  local digest = digest_of(kind, value)
  local version = found and found.version
  if not found or found.digest ~= digest then
    version = note(name, digest, stop_of(key, found))
  end
  return { version = version, kind = kind, value = value }
end

-- The refusal of a write where the document is not as it must be ('': anyhow, '-': absent, else
-- at that version).
local function refuse(name, key, condition)
  if condition == '' then
    local kind = state(name, key)
    if kind ~= 'none' and not KINDS[kind] then return { 'type', key, kind } end
    return nil
  end
  local document, foreign = look(name, key)
  if foreign then return { 'type', key, foreign } end
  local version = document and document.version
  if condition ~= (version or '-') then return { 'conflict', name, version or false } end
end
