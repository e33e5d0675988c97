//! Every event of every task, from the store's history.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::{BookmarkError, MirrorError, MirrorOptions, Shutdown, TaskMirror};
use popkit_store::StateStore;
use tokio::time::sleep;

use super::failures::Failures;
use super::results::WithResults;
use super::voice::Station;

/// The time between two looks. Each costs the store two synced writes, in whose way the
/// heartbeats of workers are: so many at a time are told together.
const LOOK: Duration = Duration::from_secs(1);
/// The rest after a failure.
const AGAIN: Duration = Duration::from_secs(5);

/// Publishes the history until the shutdown begins, and then what is left of it. What cannot
/// be published now is published later, by the next run at the latest.
pub(super) async fn tell(
    station: Station,
    documents: Arc<dyn StateStore>,
    shutdown: Shutdown,
    failures: Failures,
) {
    let what = "news of tasks";
    let transport = WithResults::new(
        Arc::clone(&station.transport),
        station.session.clone(),
        Arc::clone(&station.tasks),
    );
    let options = MirrorOptions::default().with_namespace(station.session);
    let opened = TaskMirror::open(station.tasks, documents, Arc::new(transport), options).await;
    let mirror = match opened {
        Ok(mirror) => mirror,
        Err(error) => return failures.note(what, &error),
    };
    while !shutdown.is_draining() {
        let rest = match mirror.catch_up().await {
            Ok(_) => LOOK,
            Err(error) => {
                failures.note(what, &error);
                if matches!(error, MirrorError::Place(BookmarkError::Taken { .. })) {
                    // Somebody else publishes now.
                    return;
                }
                AGAIN
            }
        };
        tokio::select! {
            () = shutdown.draining() => {}
            () = sleep(rest) => {}
        }
    }
    if let Err(error) = mirror.catch_up().await {
        failures.note(what, &error);
    }
}
