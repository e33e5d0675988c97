//! Starting over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use popkit_protocol::{Task, TaskId, Timestamp};
use popkit_store::{Result, TaskStore};

use super::apply::remove;

/// Moves a task file aside, with what belongs to it; answers where to. `None` where there
/// is no such file. Nobody may have it open.
pub(in super::super) fn move_aside(file: &Path, now: Timestamp) -> io::Result<Option<PathBuf>> {
    if !file.exists() {
        return Ok(None);
    }
    // 2026-11-21T09:30:00.000000Z without what file names do not bear: 20261121T093000.
    let stamp: String =
        now.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    let named = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let mut aside = named(&format!(".{stamp}"));
    let mut count = 1;
    while aside.exists() {
        count += 1;
        aside = named(&format!(".{stamp}-{count}"));
    }
    // The write-ahead log first: alone it is nothing, and a file without its log would be
    // taken for a whole one. After a clean close there is none.
    for suffix in ["-wal", "-shm"] {
        let mut to = aside.as_os_str().to_owned();
        to.push(suffix);
        match fs::rename(named(suffix), to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(file, &aside)?;
    Ok(Some(aside))
}

/// Cancels and removes all tasks with this tag.
pub(in super::super) async fn remove_all(
    store: &dyn TaskStore,
    stored: &[Task],
    tag: &str,
    now: Timestamp,
) -> Result<()> {
    let own = stored.iter().rev().filter(|task| task.spec.tags.iter().any(|t| t == tag));
    let own: Vec<TaskId> = own.map(|task| task.id().clone()).collect();
    remove(store, &own, "started over", now).await
}
