-- ARGV 3 who waits no more. Answers 1 where it was still parked; else it was told something.
local c = cold(S).parking()
if not c.unpark(ARGV[3]) then return 0 end
c.commit()
return 1
