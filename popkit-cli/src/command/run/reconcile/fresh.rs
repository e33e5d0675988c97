//! Starting over.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use popkit_protocol::{Task, TaskId, Timestamp};
use popkit_store::TaskStore;

use super::apply::remove;
use crate::error::CliError;
use crate::exit::Exit;

/// How often a lock is asked for that somebody has, and the time between.
const TRIES: u32 = 50;
const NAP: Duration = Duration::from_millis(20);

/// Moves a task file aside, with what belongs to it; answers where to. `None` where there
/// is no such file.
///
/// # Errors
///
/// "Try again later" while a process has it open: it would go on working in the moved file.
pub(in super::super) async fn move_aside(
    file: &Path,
    now: Timestamp,
) -> Result<Option<PathBuf>, CliError> {
    let failed =
        |e: io::Error| CliError::io(Exit::Failed, "cannot move it aside", &e).at(file.display());
    if !file.exists() {
        return Ok(None);
    }
    // Whoever has it open holds the first shared; whoever is about to open it waits for the
    // second, and then finds that it is gone.
    let (open, turn) = (beside(file, ".open"), beside(file, ".lock"));
    let _open = alone(&open).await.map_err(failed)?.ok_or_else(|| busy(file))?;
    let _turn = alone(&turn).await.map_err(failed)?.ok_or_else(|| busy(file))?;
    rename_all(file, now).map(Some).map_err(failed)
}

fn busy(file: &Path) -> CliError {
    let message = "another popkit process has the store open; end it or try again";
    CliError::new(Exit::TryAgain, message).at(file.display())
}

/// The file, locked; `None` where others keep theirs. The run's own look at it ended a moment
/// ago, and its thread may still be closing.
async fn alone(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(NAP).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn rename_all(file: &Path, now: Timestamp) -> io::Result<PathBuf> {
    // 2026-11-21T09:30:00.000000Z without what file names do not bear: 20261121T093000.
    let stamp: String =
        now.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    let mut aside = beside(file, &format!(".{stamp}"));
    let mut count = 1;
    while aside.exists() {
        count += 1;
        aside = beside(file, &format!(".{stamp}-{count}"));
    }
    // The database first: cut short here, its log is left alone, which no store opens over.
    // A database without its log would be taken for a whole one.
    fs::rename(file, &aside)?;
    for suffix in ["-wal", "-shm"] {
        match fs::rename(beside(file, suffix), beside(&aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// Cancels and removes all tasks with this tag.
pub(in super::super) async fn remove_all(
    store: &dyn TaskStore,
    stored: &[Task],
    tag: &str,
    now: Timestamp,
) -> popkit_store::Result<()> {
    let own = stored.iter().rev().filter(|task| task.spec.tags.iter().any(|t| t == tag));
    let own: Vec<TaskId> = own.map(|task| task.id().clone()).collect();
    remove(store, &own, "started over", now).await
}
