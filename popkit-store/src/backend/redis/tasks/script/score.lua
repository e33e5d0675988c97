-- A task's place in its lane, as Score: 16 and 13 digits. `step` is '' for strict priorities,
-- else the wait in milliseconds that weighs one level.
local function score(step, priority, created, seq)
  local below, major = 255 - priority, nil
  if step == '' then
    major = below * 2 ^ 40 + seq % 2 ^ 40
  else
    major = math.min(math.floor(created / 1000) + below * step, 9e15)
  end
  return fmt('%016.0f', major) .. fmt('%013.0f', seq)
end
