-- ARGV 3.. ids. Answers with a record each, empty where there is none.
local c, found = cold(S), {}
for i = 3, #ARGV do
  local t = c.get(ARGV[i])
  found[i - 2] = t and c.record(t) or {}
end
return { nows, found }
