//! Every statement of the writer, prepared once.

use rusqlite::{Connection, PrepFlags, Statement};

use super::row::COLUMNS;

macro_rules! statements {
    ($($name:ident = $($sql:expr),+;)*) => {
        pub(in crate::backend::sqlite) struct Statements<'c> {
            $(pub(in crate::backend::sqlite) $name: Statement<'c>,)*
        }

        impl<'c> Statements<'c> {
            pub(in crate::backend::sqlite) fn prepare(
                connection: &'c Connection,
            ) -> rusqlite::Result<Self> {
                let prepare = |parts: &[&str]| {
                    let keep = PrepFlags::SQLITE_PREPARE_PERSISTENT;
                    connection.prepare_with_flags(&parts.concat(), keep)
                };
                Ok(Self { $($name: prepare(&[$($sql),+])?,)* })
            }
        }
    };
}

impl std::fmt::Debug for Statements<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Statements").finish_non_exhaustive()
    }
}

statements! {
    begin = "BEGIN IMMEDIATE";
    look = "BEGIN DEFERRED";
    commit = "COMMIT";
    rollback = "ROLLBACK";
    savepoint = "SAVEPOINT job";
    keep = "RELEASE job";
    undo = "ROLLBACK TO job";

    data_version = "PRAGMA data_version";
    state = "SELECT lanes_version,
        max(last_seq, coalesce((SELECT max(seq) FROM task), 0)),
        max(last_cursor, coalesce((SELECT max(cursor) FROM event), 0)),
        max(last_at, coalesce((SELECT at FROM event ORDER BY cursor DESC LIMIT 1), 0)),
        EXISTS (SELECT 1 FROM deferred),
        (SELECT user_version FROM pragma_user_version)
        FROM meta";

    task_by_id = "SELECT ", COLUMNS, " FROM task WHERE id = ?1";
    task_by_seq = "SELECT ", COLUMNS, " FROM task WHERE seq = ?1";
    body = "SELECT data FROM body WHERE part = ?1";
    create_task = "INSERT INTO task(seq, id, kind, created_at, lane, place, priority, major,
        open_parents, due_at, timer, revision, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    update_task = "UPDATE task SET lane = ?2, place = ?3, priority = ?4, major = ?5,
        open_parents = ?6, due_at = ?7, attempt = ?8, abandons = ?9, fence = ?10, holder = ?11,
        agent = ?12, claim = ?13, lease = ?14, suspect = ?15, timer = ?16, end_fence = ?17,
        end_claim = ?18, end_how = ?19, fraction = ?20, note = ?21, parts = ?22, revision = ?23,
        updated_at = ?24, assigned_at = ?25, started_at = ?26, ended_at = ?27 WHERE seq = ?1";
    keep_body = "INSERT OR REPLACE INTO body(part, data) VALUES (?1, ?2)";
    drop_body = "DELETE FROM body WHERE part BETWEEN ?1 AND ?2";
    tag = "INSERT OR IGNORE INTO tag(name, seq) VALUES (?1, ?2)";
    append = "INSERT INTO event(cursor, seq, number, at, change) VALUES (?1, ?2, ?3, ?4, ?5)";

    open_with = "SELECT task.id FROM uniq JOIN task ON task.seq = uniq.seq WHERE uniq.key = ?1";
    take_key = "INSERT OR REPLACE INTO uniq(key, seq) VALUES (?1, ?2)";
    free_key = "DELETE FROM uniq WHERE key = ?1 AND seq = ?2";

    link = "INSERT OR REPLACE INTO edge(parent, child, policy) VALUES (?1, ?2, ?3)";
    unlink = "DELETE FROM edge WHERE parent = ?1 AND child = ?2";
    // Policy 0 is to block.
    edges = "SELECT child, policy FROM edge WHERE parent = ?1 AND (?2 OR policy <> 0)
        ORDER BY child LIMIT ?3";
    defer = "INSERT OR IGNORE INTO deferred(parent) VALUES (?1)";
    undefer = "DELETE FROM deferred WHERE parent = ?1";
    deferred = "SELECT parent FROM deferred ORDER BY parent LIMIT 1";

    // Place 1 is ready.
    head = "SELECT major, seq FROM task WHERE lane = ?1 AND place = 1 ORDER BY major, seq LIMIT 1";
    timers = "SELECT seq FROM task WHERE timer IS NOT NULL AND timer <= ?1
        ORDER BY timer, seq LIMIT ?2";
    next_timer = "SELECT timer FROM task WHERE timer IS NOT NULL ORDER BY timer LIMIT 1";

    lanes = "SELECT id, requirement, paused, most FROM lane ORDER BY id";
    new_lane = "UPDATE meta SET last_lane = last_lane + 1, lanes_version = lanes_version + 1
        RETURNING last_lane, lanes_version";
    add_lane = "INSERT INTO lane(id, key, requirement) VALUES (?1, ?2, ?3)";
    keep_rule = "UPDATE lane SET paused = ?2, most = ?3 WHERE id = ?1";
    next_lanes = "UPDATE meta SET lanes_version = lanes_version + 1 RETURNING lanes_version";
    // Of places 4, 5 and 11 a lease is held.
    held = "SELECT coalesce(sum(n), 0) FROM counter WHERE lane = ?1 AND place IN (4, 5, 11)";
    lane_counts = "SELECT coalesce(sum(n) FILTER (WHERE place = 1), 0),
        coalesce(sum(n) FILTER (WHERE place IN (4, 5, 11)), 0), coalesce(sum(n), 0)
        FROM counter WHERE lane = ?1";
    drop_lane = "DELETE FROM lane WHERE id = ?1";
    open_lanes = "SELECT lane, sum(n) FROM counter WHERE lane > 0 GROUP BY lane";
    ready_lanes = "SELECT lane, n FROM counter WHERE place = 1 AND lane > 0 AND n > 0";
    count = "UPDATE counter SET n = n + ?1 WHERE lane = ?2 AND place = ?3";
    first_count = "INSERT INTO counter(lane, place, n) VALUES (?1, ?2, ?3)";
    sweep_counts = "DELETE FROM counter WHERE lane > 0 AND lane NOT IN (SELECT id FROM lane)";

    floors = "UPDATE meta SET last_seq = max(last_seq, ?1), last_cursor = max(last_cursor, ?2),
        last_at = max(last_at, ?3)";
    // Places below 8 are open.
    has_open_child = "SELECT 1 FROM edge JOIN task ON task.seq = edge.child
        WHERE edge.parent = ?1 AND task.place < 8 LIMIT 1";
    drop_task = "DELETE FROM task WHERE seq = ?1";
    drop_events = "DELETE FROM event WHERE seq = ?1";
    drop_edges = "DELETE FROM edge WHERE parent = ?1";
    untag = "DELETE FROM tag WHERE name = ?1 AND seq = ?2";

    replay = "SELECT request, at, answer FROM slot WHERE holder = ?1 AND slot = ?2";
    remember = "INSERT INTO slot(holder, slot, request, at, answer) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (holder, slot) DO UPDATE
        SET request = excluded.request, at = excluded.at, answer = excluded.answer";
    some_slots = "SELECT max(holder) FROM (SELECT holder FROM slot WHERE holder > ?1
        ORDER BY holder LIMIT 64)";
    sweep_slots = "DELETE FROM slot WHERE holder > ?1 AND holder <= ?2 AND at < ?3";

    doc = "SELECT version, shape, expires, data FROM doc WHERE key = ?1";
    next_version = "UPDATE meta SET last_version = last_version + 1 RETURNING last_version";
    keep_doc = "INSERT OR REPLACE INTO doc(key, shape, version, expires, data)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    drop_doc = "DELETE FROM doc WHERE key = ?1";
    sweep_docs = "DELETE FROM doc WHERE key IN
        (SELECT key FROM doc WHERE expires IS NOT NULL AND expires <= ?1 LIMIT 8)";
}
