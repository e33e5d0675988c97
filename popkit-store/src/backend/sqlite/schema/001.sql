-- A popkit task store, version 1. Times are microseconds since 1970 UTC; spans of leases
-- nanoseconds. Numbers of places: 0 backlog, 1 ready, 2 due, 3 blocked, 4 assigned, 5 active,
-- 6 paused, 7 review, 8 done, 9 failed, 10 cancelled; from 8 on the task has ended.

-- One row. last_*: at least these numbers were given out, so that none is given out again
-- after the row that had it was pruned.
CREATE TABLE meta(
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    ageing_ms     INTEGER,
    lanes_version INTEGER NOT NULL DEFAULT 0,
    last_lane     INTEGER NOT NULL DEFAULT 0,
    last_seq      INTEGER NOT NULL DEFAULT 0,
    last_cursor   INTEGER NOT NULL DEFAULT 0,
    last_at       INTEGER NOT NULL DEFAULT 0,
    last_version  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE lane(
    id          INTEGER PRIMARY KEY,
    key         BLOB NOT NULL UNIQUE,
    requirement TEXT NOT NULL
) STRICT;

-- The hot row: everything that changes, nothing that is large. The lane of a task that has
-- ended may be another's by now, or nobody's.
CREATE TABLE task(
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    lane         INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    priority     INTEGER NOT NULL,
    major        INTEGER NOT NULL,
    open_parents INTEGER NOT NULL,
    due_at       INTEGER,
    attempt      INTEGER NOT NULL DEFAULT 0,
    abandons     INTEGER NOT NULL DEFAULT 0,
    fence        INTEGER NOT NULL DEFAULT 0,
    holder       BLOB,
    agent        TEXT,
    claim        BLOB,
    lease        INTEGER,
    suspect      INTEGER,
    timer        INTEGER,
    end_fence    INTEGER,
    end_claim    BLOB,
    end_how      INTEGER,
    fraction     REAL,
    note         TEXT,
    parts        INTEGER NOT NULL DEFAULT 0,
    revision     INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    assigned_at  INTEGER,
    started_at   INTEGER,
    ended_at     INTEGER
) STRICT;

-- The seq that every index entry ends with breaks the ties.
CREATE INDEX task_ready ON task(lane, major) WHERE place = 1;
CREATE INDEX task_timer ON task(timer) WHERE timer IS NOT NULL;

-- part = 4 * seq + what: 0 the spec, 1 the checkpoint, 2 the result, 3 the error log; JSON.
CREATE TABLE body(
    part INTEGER PRIMARY KEY,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE tag(
    name TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (name, seq)
) STRICT, WITHOUT ROWID;

-- Keys of open tasks.
CREATE TABLE uniq(
    key TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE edge(
    parent INTEGER NOT NULL,
    child  INTEGER NOT NULL,
    policy INTEGER NOT NULL,
    PRIMARY KEY (parent, child)
) STRICT, WITHOUT ROWID;

-- Parents that ended and whose edges are still to be followed.
CREATE TABLE deferred(
    parent INTEGER PRIMARY KEY
) STRICT;

-- The log. The spec of an insertion is in the task's body.
CREATE TABLE event(
    cursor INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    change TEXT NOT NULL
) STRICT;

CREATE INDEX event_task ON event(seq);

-- How many tasks stand where; those that ended are counted under lane 0.
CREATE TABLE counter(
    lane  INTEGER NOT NULL,
    place INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (lane, place)
) STRICT, WITHOUT ROWID;

-- The last answered step of every slot.
CREATE TABLE slot(
    holder  BLOB NOT NULL,
    slot    INTEGER NOT NULL,
    request BLOB NOT NULL,
    at      INTEGER NOT NULL,
    answer  BLOB NOT NULL,
    PRIMARY KEY (holder, slot)
) STRICT, WITHOUT ROWID;

-- Documents. shape: 0 text, 1 map, 2 list.
CREATE TABLE doc(
    key     TEXT PRIMARY KEY,
    shape   INTEGER NOT NULL,
    version INTEGER NOT NULL,
    expires INTEGER,
    data    BLOB NOT NULL
) STRICT;

CREATE INDEX doc_expires ON doc(expires) WHERE expires IS NOT NULL;
