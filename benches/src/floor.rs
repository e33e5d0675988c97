//! The floors: what the same reads and writes cost without popkit, in the same run.
//!
//! The SQLite floor works on a file that a store filled, with the statements that a
//! complete+claim of that store comes to, prepared once, on one connection, one after the
//! other on one thread. What popkit adds to it is the hand-over to the writer thread, the
//! turn among processes, the engine, and the task as a value.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use hdrhistogram::Histogram;
use rusqlite::{Connection, Statement, params};
use tokio::time::Instant;

use crate::Failure;
use crate::load::Measured;

const COLUMNS: &str = "seq, id, lane, place, priority, major, open_parents, due_at, attempt, \
    abandons, fence, holder, agent, claim, lease, suspect, timer, end_fence, end_claim, end_how, \
    fraction, note, parts, revision, created_at, updated_at, assigned_at, started_at, ended_at";

/// About what an event's JSON has.
const CLAIMED: &str = r#"{"claimed":{"holder":"0123456789abcdef0123456789abcdef","agent":"agent-1","fence":1767225600000001,"claim":"0123456789abcdef0123456789abcdef","attempt":1,"deadline":"2026-01-01T00:00:15.000000Z","lease":"15s"}}"#;
const COMPLETED: &str = r#"{"completed":{}}"#;

struct Statements<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    version: Statement<'c>,
    replay: Statement<'c>,
    by_id: Statement<'c>,
    by_seq: Statement<'c>,
    body: Statement<'c>,
    append: Statement<'c>,
    update: Statement<'c>,
    edges: Statement<'c>,
    timer: Statement<'c>,
    head: Statement<'c>,
    remember: Statement<'c>,
    count: Statement<'c>,
}

impl<'c> Statements<'c> {
    fn prepare(db: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            begin: db.prepare("BEGIN IMMEDIATE")?,
            commit: db.prepare("COMMIT")?,
            version: db.prepare("PRAGMA data_version")?,
            replay: db
                .prepare("SELECT request, at, answer FROM slot WHERE holder = ?1 AND slot = ?2")?,
            by_id: db.prepare(&format!("SELECT {COLUMNS} FROM task WHERE id = ?1"))?,
            by_seq: db.prepare(&format!("SELECT {COLUMNS} FROM task WHERE seq = ?1"))?,
            body: db.prepare("SELECT data FROM body WHERE part = ?1")?,
            append: db.prepare(
                "INSERT INTO event(cursor, seq, number, at, change) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            update: db.prepare(
                "UPDATE task SET lane = ?2, place = ?3, priority = ?4, major = ?5,
                 open_parents = ?6, due_at = ?7, attempt = ?8, abandons = ?9, fence = ?10,
                 holder = ?11, agent = ?12, claim = ?13, lease = ?14, suspect = ?15, timer = ?16,
                 end_fence = ?17, end_claim = ?18, end_how = ?19, fraction = ?20, note = ?21,
                 parts = ?22, revision = ?23, updated_at = ?24, assigned_at = ?25,
                 started_at = ?26, ended_at = ?27 WHERE seq = ?1",
            )?,
            edges: db.prepare("SELECT child, policy FROM edge WHERE parent = ?1 LIMIT 257")?,
            timer: db
                .prepare("SELECT timer FROM task WHERE timer IS NOT NULL ORDER BY timer LIMIT 1")?,
            head: db.prepare(
                "SELECT major, seq FROM task WHERE lane = ?1 AND place = 1
                 ORDER BY major, seq LIMIT 1",
            )?,
            remember: db.prepare(
                "INSERT INTO slot(holder, slot, request, at, answer) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (holder, slot) DO UPDATE SET request = excluded.request,
                 at = excluded.at, answer = excluded.answer",
            )?,
            count: db.prepare("UPDATE counter SET n = n + ?1 WHERE lane = ?2 AND place = ?3")?,
        })
    }
}

/// A task as the floor knows it.
struct Row {
    seq: i64,
    id: String,
    lane: i64,
    major: i64,
    created_at: i64,
}

/// Completes and claims `steps` times on the file `path`, which must hold that many ready
/// tasks in lanes of which `profile` numbers are served. Synced where `durable`.
///
/// # Errors
///
/// Those of SQLite, and a queue that ran dry.
pub fn sqlite(path: &Path, durable: bool, lanes: usize, steps: usize) -> Result<Measured, Failure> {
    let db = Connection::open(path)?;
    let level = if durable { "FULL" } else { "NORMAL" };
    db.execute_batch(&format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = {level};"))?;
    let served: Vec<i64> = db
        .prepare("SELECT id FROM lane WHERE requirement LIKE '%kind-%' ORDER BY id LIMIT ?1")?
        .query_map([i64::try_from(lanes)?], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut cursor: i64 =
        db.query_row("SELECT coalesce(max(cursor), 0) FROM event", [], |row| row.get(0))?;
    let mut sql = Statements::prepare(&db)?;
    let mut histogram = Histogram::new(3)?;
    let mut held: Option<Row> = None;
    let warm = (steps / 10).max(50);
    let mut counted = Instant::now();
    for step in 0..steps + warm {
        if step == warm {
            counted = Instant::now();
        }
        let begun = Instant::now();
        sql.begin.execute([])?;
        let _: i64 = sql.version.query_row([], |row| row.get(0))?;
        let _ = sql.replay.query(params![vec![7_u8; 16], 0])?.next()?;
        if let Some(task) = held.take() {
            complete(&mut sql, &task, &mut cursor)?;
        }
        held = Some(claim(&mut sql, &served, &mut cursor)?);
        let at = i64::try_from(step)?;
        sql.remember.execute(params![vec![7_u8; 16], 0, vec![9_u8; 16], at, vec![1_u8; 90]])?;
        let _: Option<i64> = sql.timer.query_row([], |row| row.get(0)).ok();
        for (lane, place) in [(1_i64, 1_i64), (1, 4), (0, 8)] {
            sql.count.execute(params![0, lane, place])?;
        }
        sql.commit.execute([])?;
        if step >= warm {
            histogram.record(u64::try_from(begun.elapsed().as_nanos())?)?;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = steps as f64 / counted.elapsed().as_secs_f64();
    Ok(Measured { histogram, per_second })
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    // Every column is read, as a store must.
    for column in 0..29 {
        let _ = row.get_ref(column)?;
    }
    Ok(Row {
        seq: row.get(0)?,
        id: row.get(1)?,
        lane: row.get(2)?,
        major: row.get(5)?,
        created_at: row.get(24)?,
    })
}

fn complete(sql: &mut Statements<'_>, task: &Row, cursor: &mut i64) -> Result<(), Failure> {
    let task = sql.by_id.query_row([&task.id], read)?;
    *cursor += 1;
    sql.append.execute(params![*cursor, task.seq, 3, task.created_at, COMPLETED])?;
    write(sql, &task, 8)?;
    let mut edges = sql.edges.query([task.seq])?;
    while edges.next()?.is_some() {}
    Ok(())
}

fn claim(sql: &mut Statements<'_>, lanes: &[i64], cursor: &mut i64) -> Result<Row, Failure> {
    let mut best: Option<(i64, i64)> = None;
    for lane in lanes {
        let mut rows = sql.head.query([lane])?;
        if let Some(row) = rows.next()? {
            let head = (row.get(0)?, row.get(1)?);
            best = Some(best.map_or(head, |known| known.min(head)));
        }
    }
    let (_, seq) = best.ok_or("the queue ran dry")?;
    let task = sql.by_seq.query_row([seq], read)?;
    let spec: String = sql.body.query_row([seq * 4], |row| row.get(0))?;
    std::hint::black_box(spec);
    *cursor += 1;
    sql.append.execute(params![*cursor, task.seq, 2, task.created_at, CLAIMED])?;
    write(sql, &task, 4)?;
    Ok(task)
}

fn write(sql: &mut Statements<'_>, task: &Row, place: i64) -> Result<(), Failure> {
    let held = place == 4;
    let at = task.created_at;
    let none: Option<i64> = None;
    sql.update.execute(params![
        task.seq,
        task.lane,
        place,
        5,
        task.major,
        0,
        none,
        1,
        0,
        at,
        held.then_some([7_u8; 16]),
        held.then_some("agent-1"),
        held.then_some([8_u8; 16]),
        held.then_some(15_000_000_000_i64),
        held.then_some(false),
        held.then_some(at + 600_000_000),
        (!held).then_some(at),
        (!held).then_some([8_u8; 16]),
        (!held).then_some(0),
        none,
        none,
        1,
        3,
        at,
        at,
        at,
        (!held).then_some(at),
    ])?;
    Ok(())
}

/// Appends 4 KiB and syncs it, `times` over.
///
/// # Errors
///
/// Those of the file system.
pub fn fdatasync(folder: &Path, times: usize) -> Result<Measured, Failure> {
    let mut file = File::create(folder.join("sync"))?;
    let mut histogram = Histogram::new(3)?;
    let counted = Instant::now();
    for _ in 0..times {
        let begun = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        histogram.record(u64::try_from(begun.elapsed().as_nanos())?)?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = times as f64 / counted.elapsed().as_secs_f64();
    Ok(Measured { histogram, per_second })
}
