//! Reading: on connections of their own, so that a long query holds no writer up. Every
//! write is committed before it is answered, so whoever was answered reads what it wrote.

mod counts;
mod history;
mod prune;
mod query;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(super) use self::counts::{counts, lanes};
pub(super) use self::history::history;
pub(super) use self::prune::{PRUNED_AT_ONCE, prunable};
pub(super) use self::query::{get_many, query};
use super::classify::{Fault, Sql};
use super::shared::Shared;
use crate::{Error, ErrorKind, Result};

/// The most connections, and so the most threads that read at once.
const READERS: usize = 4;

/// The connections that nobody uses now.
#[derive(Debug)]
pub(super) struct Readers {
    turns: Arc<Semaphore>,
    /// `None` once the store is closed.
    idle: Mutex<Option<Vec<Connection>>>,
    patience: Duration,
}

impl Readers {
    pub(super) fn new(patience: Duration) -> Self {
        let idle = Mutex::new(Some(Vec::new()));
        Self { turns: Arc::new(Semaphore::new(READERS)), idle, patience }
    }

    fn with_idle<T>(&self, act: impl FnOnce(&mut Option<Vec<Connection>>) -> T) -> T {
        act(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, path: &Path) -> Sql<Connection> {
        if let Some(idle) = self.with_idle(|idle| idle.as_mut().and_then(Vec::pop)) {
            return Ok(idle);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(self.patience)?;
        Ok(connection)
    }

    fn give(&self, connection: Connection) {
        // After the close it is dropped here.
        self.with_idle(|idle| {
            if let Some(idle) = idle {
                idle.push(connection);
            }
        });
    }

    /// Waits for those who read; keeps new ones waiting until the answer is dropped.
    pub(super) async fn hold_up(&self) -> Option<OwnedSemaphorePermit> {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        Arc::clone(&self.turns).acquire_many_owned(all).await.ok()
    }

    pub(super) fn close(&self) {
        self.with_idle(|idle| *idle = None);
    }
}

/// One connection within one read transaction: all it sees is of one moment.
#[derive(Debug)]
pub(super) struct Snapshot<'a> {
    pub(super) connection: &'a Connection,
    pub(super) shared: &'a Shared,
}

/// Reads off the async threads.
pub(super) async fn run<T, F>(shared: &Arc<Shared>, work: F) -> Result<T>
where
    F: FnOnce(&Snapshot<'_>) -> Sql<T> + Send + 'static,
    T: Send + 'static,
{
    let turn = Arc::clone(&shared.readers.turns).acquire_owned().await;
    if shared.is_closed() {
        return Err(shared.gone());
    }
    let shared = Arc::clone(shared);
    let reading = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let connection = shared.readers.take(&shared.path)?;
        let result = look(&connection, &shared, work);
        if result.is_ok() {
            shared.readers.give(connection);
        }
        result
    });
    match reading.await {
        Ok(result) => result.map_err(Error::from),
        Err(error) => {
            Err(Error::new(ErrorKind::Unexpected, "reading was cut short").with_source(error))
        }
    }
}

fn look<T>(
    connection: &Connection,
    shared: &Shared,
    work: impl FnOnce(&Snapshot<'_>) -> Sql<T>,
) -> Sql<T> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    // On an error the connection is dropped, and its transaction with it.
    let result = work(&Snapshot { connection, shared })?;
    connection.prepare_cached("COMMIT")?.execute([]).map_err(Fault::from)?;
    Ok(result)
}
