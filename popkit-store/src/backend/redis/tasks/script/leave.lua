-- ARGV 3 who waits no more. Answers 1 where it was still parked; else it was told something.
if not unpark(ARGV[3]) then return 0 end
commit(parked > 0 and next_timer() or nil)
return 1
