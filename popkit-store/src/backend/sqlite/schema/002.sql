-- Version 2: rules of lanes, and leases counted per lane.

-- Nothing is claimed from a paused lane; of one with a limit at most so many leases are held.
ALTER TABLE lane ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lane ADD COLUMN most INTEGER;

-- In the counter, and only there, a task that was paused under its lease has number 11 and no
-- longer 6: leases that are held are the tasks of numbers 4, 5 and 11.
INSERT INTO counter(lane, place, n)
    SELECT lane, 11, count(*) FROM task WHERE place = 6 AND holder IS NOT NULL GROUP BY lane;
UPDATE counter SET n = n - (SELECT n FROM counter AS held
        WHERE held.lane = counter.lane AND held.place = 11)
    WHERE place = 6
        AND EXISTS (SELECT 1 FROM counter AS held WHERE held.lane = counter.lane AND held.place = 11);
