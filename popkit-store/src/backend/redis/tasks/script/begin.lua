-- What all scripts begin with, after base.lua. `wants` are further fields of DATA that the script
-- needs; they stand in `found` from 5 on.
local found = R('HMGET', DATA, 'm', 'parked', 'cut', 'rules', unpack(wants))
local m = found[1] or '0000000000000000000000000000' .. '00000000-'
-- Other handles may have more lanes: the caller comes again with their keys, too.
if WAKE and #m > 45 * (#KEYS - 11) + 37 then return { 'keys', fmt('%d', (#m - 37) / 45) } end
local nows, clock = ARGV[1], nil
if nows == '' then
  local time = R('TIME')
  nows = time[1] .. sub('000000', #time[2] + 1) .. time[2]
  clock = nows
end
-- The store's time never goes back.
if sub(m, 1, 16) > nows then nows = sub(m, 1, 16) end
-- The state of a task that was never claimed, as base.lua has it of others.
local function fresh(s)
  local ZERO = '0000000000000000'
  return 'p' .. string.sub(s, 2, 36) .. ZERO .. ',' .. string.rep(' ', 32) .. ZERO .. '00000001'
    .. string.sub(s, 37, 48) .. '000000' .. ZERO .. ZERO .. string.sub(s, -16) .. ZERO .. '|'
    .. string.sub(s, 49)
end
-- Where quick ways do, nobody is parked, whatever the field says.
local nobody = byte(m, 37) == 45
local parked = not nobody and found[2] ~= '0' and found[2]
local S = {
  base = BASE, data = DATA, NONE = NONE, ZERO = ZERO, nows = nows, now = nows + 0,
  cursor = sub(m, 17, 28) + 0, version = sub(m, 29, 36), heads = sub(m, 38),
  parked = not WAKE and parked and parked + 0 or 0, cut = found[3],
  -- States that were changed, by id; lanes by number: head, others, whether they changed, held;
  -- changes of the counts; what is to be written to DATA with them.
  texts = {}, lanes = {}, counts = {}, out = { DATA }, claim = claim, fresh = fresh,
  places = places, more = more, parking = parking, unpark = unpark, tell = tell, take = take,
  write = write, rules = found[4], was_parked = not WAKE and found[2] and found[2] ~= '0',
  -- Over a wire that cannot block: what tells those who poll, the rules of before, and how
  -- many agents are parked over other wires, whose inboxes are no keys that could be given. They
  -- look for themselves after their rest.
  wake = wake, old_rules = found[4], others = WAKE and parked,
}
if WAKE and nobody and found[2] and found[2] ~= '0' then S.out = { DATA, 'parked', '0' } end
