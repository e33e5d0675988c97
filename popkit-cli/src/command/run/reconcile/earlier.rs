//! Tasks that an earlier run still holds because it was killed.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock, IdSource, RandomIds, SystemClock, Task, TaskId, Timestamp};
use popkit_store::{Heartbeat, Result, TaskStore};

/// What is granted beyond the second look.
const SLACK: Duration = Duration::from_secs(1);

/// Waits until the store has taken the tasks back that nobody renews. A lease that is
/// renewed meanwhile is somebody's who lives, and one that is far longer than a run's is
/// not waited for either: the run then ends after it (see `Orphans`).
///
/// The store is asked each `poll`. `notify` is told how many there are, and for how long at most, once.
pub(in super::super) async fn wait_for_earlier(
    store: &Arc<dyn TaskStore>,
    tasks: &[Task],
    (lease, poll): (Duration, Duration),
    notify: impl FnOnce(usize, Duration),
) -> Result<()> {
    let now = SystemClock.now();
    let longest = lease.max(Duration::from_secs(30)) * 4 / 3;
    let mut waited: Vec<(TaskId, Timestamp)> = Vec::new();
    for task in tasks {
        let Some(hold) = &task.hold else { continue };
        let second = if hold.suspect { Duration::ZERO } else { hold.length / 3 };
        let until = hold.deadline.max(now).after(second);
        if until.since(now) <= longest {
            waited.push((task.id().clone(), until.after(SLACK)));
        }
    }
    let Some(last) = waited.iter().map(|(_, until)| *until).max() else { return Ok(()) };
    notify(waited.len(), last.since(now));
    let holder = RandomIds.holder();
    while !waited.is_empty() {
        // A heartbeat of nobody: it makes the store look at its clock.
        store.heartbeat(Heartbeat::new(holder, lease)).await?;
        let ids: Vec<TaskId> = waited.iter().map(|(id, _)| id.clone()).collect();
        let now = SystemClock.now();
        let held = store.get_many(&ids).await?;
        let held = held.into_iter().map(|task| task.is_some_and(|task| task.hold.is_some()));
        waited = waited
            .into_iter()
            .zip(held)
            .filter(|((_, until), held)| *held && *until > now)
            .map(|(entry, _)| entry)
            .collect();
        if !waited.is_empty() {
            tokio::time::sleep(poll).await;
        }
    }
    Ok(())
}
