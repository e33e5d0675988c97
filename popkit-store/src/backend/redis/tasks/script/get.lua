-- ARGV 3.. ids. Answers with a record each, empty where there is none.
local found = {}
for i = 3, #ARGV do
  local t = cold().get(ARGV[i])
  found[i - 2] = t and record(t) or {}
end
return { nows, found }
