-- These scripts claim nothing, and change no task.
local claim, places, more, parking, unpark, tell, take, write
