-- ARGV 2.. ids. Answers with a record each, empty where there is none.
local found = {}
for i = 2, #ARGV do
  local t = get(ARGV[i])
  found[i - 1] = t and record(t) or {}
end
return { nows, found }
