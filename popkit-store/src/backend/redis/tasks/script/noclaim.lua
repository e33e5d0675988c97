-- These scripts claim nothing, and change no task.
local claim, more, parking, unpark, tell, take, write
