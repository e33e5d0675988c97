//! What these tests have in common.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Kinds, ManualClock, NewTask, Outcome, Profile, RandomIds, TaskId, TaskKind,
};
use popkit_store::{Claimant, Error, Result, SqliteOptions, SqliteStore, TaskStoreExt as _};

pub(crate) fn id(name: &str) -> TaskId {
    TaskId::new(name).unwrap()
}

pub(crate) fn task(name: &str) -> NewTask {
    task_of("build", name)
}

pub(crate) fn task_of(kind: &str, name: &str) -> NewTask {
    NewTask::new(id(name), TaskKind::new(kind).unwrap())
}

pub(crate) fn agent(name: &str) -> Claimant {
    let profile = Profile::new(AgentId::new(name).unwrap(), Kinds::Any, []);
    Claimant::new(&RandomIds, profile).with_lease(Duration::from_secs(60))
}

pub(crate) fn done() -> Outcome {
    Outcome::Done { result: None }
}

/// A store in this folder, with a clock of its own.
pub(crate) async fn open(folder: impl AsRef<Path>) -> SqliteStore {
    options(folder).open().await.unwrap()
}

pub(crate) fn options(folder: impl AsRef<Path>) -> SqliteOptions {
    let clock = Arc::new(ManualClock::default());
    SqliteOptions::new(folder.as_ref().join("tasks.db")).clock(clock)
}

/// The refusal to open it, which names the path and is one line.
pub(crate) async fn refusal(path: impl AsRef<Path>) -> Error {
    let error = SqliteOptions::new(path.as_ref()).open().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains(path.as_ref().to_str().unwrap()), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert_eq!((error.backend(), error.operation()), ("sqlite", "open"));
    error
}

/// SQL on the file itself, beside the store.
pub(crate) fn beside(folder: impl AsRef<Path>) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.as_ref().join("tasks.db")).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

pub(crate) fn number(connection: &rusqlite::Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Claims one task and finishes it; answers which.
pub(crate) async fn work_off(store: &SqliteStore, by: &Claimant) -> Result<Option<TaskId>> {
    let Some(lease) = store.claim(by).await? else { return Ok(None) };
    store.finish(by, &lease, done()).await?;
    Ok(Some(lease.token.task))
}
