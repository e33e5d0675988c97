//! Opening a store: everything that can be in the way is found here, before the writer
//! starts.

mod files;
mod lock;
mod migrate;
mod network;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Priority, ScoreMode, Timestamp};
use rusqlite::{Connection, OpenFlags};

pub(super) use self::lock::{Taken, Turn};
pub(super) use self::migrate::VERSION;
use super::classify::Sql;
use super::shared::Shared;
use super::{SqliteOptions, SqliteStore, writer};
use crate::{Durability, Error, ErrorKind, Result};

/// The first library without the defect that can corrupt a database that several
/// connections write and checkpoint.
const OLDEST_LIBRARY: i32 = 3_051_003;
/// Below this size a look at every page costs less than a surprise.
const SMALL: u64 = 64 * 1024 * 1024;

/// Opens the store off the async threads: it syncs, and it may wait for other processes.
pub(super) async fn open(options: SqliteOptions) -> Result<SqliteStore> {
    let opening = tokio::task::spawn_blocking(move || {
        let path = options.path.display().to_string();
        open_now(options).map_err(|e| e.with("path", path))
    });
    opening.await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Unexpected, "opening was cut short").with_source(error))
    })
}

/// What the writer is given.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) turn: Turn,
    /// Held shared for as long as the store is open.
    pub(super) presence: File,
}

fn open_now(options: SqliteOptions) -> Result<SqliteStore> {
    check_options(&options)?;
    if rusqlite::version_number() < OLDEST_LIBRARY {
        let message = format!("SQLite is {}; use 3.51.3 or later", rusqlite::version());
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    let path = files::make_folder(&options.path)?;
    network::check(&path)?;
    let turn = Turn::new(files::open_private(&files::beside(&path, "lock"))?, options.busy_timeout);
    let presence = files::open_private(&files::beside(&path, "open"))?;
    // Whoever opens the store first looks whether it is sound; the others rely on that.
    let first = presence.try_lock().is_ok();
    let (connection, mode) = {
        let _turn = turn.take()?;
        prepare(&path, &options, first, &turn)?
    };
    if first {
        // Not every system turns an exclusive lock into a shared one.
        presence.unlock().map_err(|e| files::refused("unlock", e))?;
    }
    presence.lock_shared().map_err(|e| files::refused("lock", e))?;
    let shared = Arc::new(Shared::new(path, mode, options));
    writer::start(shared, Opened { connection, turn, presence })
}

/// SQLite counts its patience in milliseconds of 31 bits; nobody needs more than this.
const LONGEST_PATIENCE: Duration = Duration::from_secs(24 * 3600);

fn check_options(options: &SqliteOptions) -> Result<()> {
    let refuse = |message: &str| Err(Error::new(ErrorKind::InvalidConfig, message));
    if !matches!(options.durability, Durability::PowerSafe | Durability::CrashSafe) {
        return refuse("SQLite is power-safe or crash-safe");
    }
    if options.busy_timeout > LONGEST_PATIENCE {
        return refuse("a busy_timeout of more than a day");
    }
    if options.max_lanes == 0 {
        return refuse("a store needs at least one lane");
    }
    // Scores are compared as integers of 53 bits on every backend.
    let mode = options.mode.unwrap_or_default();
    if mode.score(Priority::raw(0), Timestamp::MAX, 0).major >= 1 << 53 {
        return refuse("the step of the ageing mode is too long");
    }
    Ok(())
}

/// Opens and checks the database, makes it where there is none. Under the file lock, so that
/// of several processes one makes it and the others find it made.
fn prepare(
    path: &Path,
    options: &SqliteOptions,
    first: bool,
    turn: &Turn,
) -> Result<(Connection, ScoreMode)> {
    let found = files::look(path)?;
    let log = files::look(&files::beside(path, "wal"))?.is_some_and(|size| size > 0);
    if found.is_none() && log {
        let message = "the file is missing, but its log is there, with work that opening would \
                       destroy: put the file back, or delete the log to begin anew";
        return Err(Error::new(ErrorKind::Corrupt, message));
    }
    if found.is_none_or(|size| size == 0) {
        if found.is_some() && turn.is_marked() {
            let message = "the file is empty, but there was a store in it: restore a backup, or \
                           delete it with the files beside it to begin anew";
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
        files::make_private(path)?;
    }
    if found.is_some_and(|size| size > 0) {
        files::check_magic(path)?;
    }
    let connection = connect(path, options)?;
    migrate::recognise(&connection)?;
    let size = found.unwrap_or_default();
    if first && size > 0 && (log || size < SMALL) {
        check(&connection)?;
    }
    configure(&connection)?;
    migrate::migrate(&connection)?;
    let mode = migrate::mode(&connection, options.mode)?;
    turn.mark().map_err(|e| files::refused("write", e))?;
    Ok((connection, mode))
}

fn connect(path: &Path, options: &SqliteOptions) -> Sql<Connection> {
    // The file was made before, with the right permissions: SQLite need not create it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    Ok(connection)
}

fn check(connection: &Connection) -> Sql<()> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    // The first line may only name the database.
    let verdict = verdict.lines().next_back().unwrap_or_default();
    let message = format!(
        "the database is damaged ({verdict}); nothing was changed: keep a copy of the file and \
         restore a backup"
    );
    Err(Error::new(ErrorKind::Corrupt, message).into())
}

fn configure(connection: &Connection) -> Sql<()> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        let message = format!("no write-ahead log on this file system (journal mode {mode})");
        return Err(Error::new(ErrorKind::Unsupported, message).into());
    }
    // Savepoints keep copies of pages; those need no file.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA temp_store = MEMORY",
    )?;
    if cfg!(target_os = "macos") {
        // Without it the drive may keep a synced write in its cache.
        connection.execute_batch("PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1")?;
    }
    Ok(())
}
