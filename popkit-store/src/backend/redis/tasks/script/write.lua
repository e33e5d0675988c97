-- Writes what was collected to DATA: events and the like (S.out), states (S.texts), the lanes,
-- the counts, and the reply of a slot. Those who poll are told of lanes that can be claimed from
-- and could not before, and of when a task is due that was not before.
local function write(S, field, reply)
  local R, fmt, sub = redis.call, string.format, string.sub
  local DATA, out, heads, changed, last = S.data, S.out, S.heads, 0, -1
  if S.wake then
    local places, NONE, ready = S.places, S.NONE, ''
    for lane, l in pairs(S.lanes) do
      if l[1] ~= NONE and places(S.rules, lane, l[4]) ~= 0 then
        local at = lane * 45
        local head = sub(heads, at + 1, at + 29)
        if head == NONE or head == ''
          or places(S.old_rules, lane, sub(heads, at + 38, at + 45) + 0) == 0 then
          ready = ready .. string.char(48 + math.floor(lane / 64), 48 + lane % 64)
        end
      end
    end
    if ready ~= '' or S.due then S.word = S.wake(S.version, ready, S.due or '') end
  end
  local n = #out
  for id, s in pairs(S.texts) do
    out[n + 1], out[n + 2] = 's:' .. id, s
    n = n + 2
  end
  for lane, l in pairs(S.lanes) do
    if l[3] then changed, last = changed + 1, math.max(last, lane) end
  end
  if changed > 3 or last * 45 >= #heads then
    local all = {}
    for lane = 0, math.max(last, #heads / 45 - 1) do
      local l = S.lanes[lane]
      all[lane + 1] = l and l[1] .. fmt('%08d%08d', l[2], l[4])
        or sub(heads, lane * 45 + 1, lane * 45 + 45)
    end
    heads = table.concat(all)
  elseif changed > 0 then
    for lane, l in pairs(S.lanes) do
      if l[3] then
        heads = sub(heads, 1, lane * 45) .. l[1] .. fmt('%08d%08d', l[2], l[4])
          .. sub(heads, lane * 45 + 46)
      end
    end
  end
  local mark = (S.parked > 1 or S.others or S.cut or S.rules) and '+' or S.parked == 1 and '1' or '-'
  out[n + 1] = 'm'
  out[n + 2] = S.nows .. fmt('%012d', S.cursor) .. S.version
    .. mark .. heads
  n = n + 2
  if field then
    out[n + 1], out[n + 2] = field, reply
    n = n + 2
  end
  for p, change in pairs(S.counts) do
    if change ~= 0 and p ~= 'a' and p ~= 'y' and p ~= 'D' then R('HINCRBY', DATA, 'n:' .. p, change) end
  end
  if n < 2000 then
    R('HSET', unpack(out))
  else
    for from = 2, n, 1000 do R('HSET', DATA, unpack(out, from, math.min(from + 999, n))) end
  end
end
