//! Every event of every task, from the store's history.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::{BookmarkError, MirrorError, MirrorOptions, Shutdown, TaskMirror};
use popkit_store::{StateKey, StateStore, Version};
use tokio::time::sleep;

use super::failures::Failures;
use super::results::WithResults;
use super::voice::Station;
use crate::command::run::tempo::Tempo;

/// How often the last news are tried while runs that end take the place from each other.
const TRIES: usize = 8;

/// Publishes the history until the shutdown begins, and then what is left of it. What cannot
/// be published now is published later, by the next run at the latest.
///
/// Of several runs over one store the one that began last publishes for all. Once it has
/// gone, or has nothing to tell, another takes over.
pub(super) async fn tell(
    station: Station,
    documents: Arc<dyn StateStore>,
    shutdown: Shutdown,
    failures: Failures,
) {
    let mut teller = Teller::new(station, documents, failures);
    while !shutdown.is_draining() {
        let rest = teller.look().await;
        tokio::select! {
            () = shutdown.draining() => {}
            () = sleep(rest) => {}
        }
    }
    teller.end().await;
}

/// Publishes the history, while no other run does.
#[derive(Debug)]
struct Teller {
    station: Station,
    documents: Arc<dyn StateStore>,
    failures: Failures,
    mirror: Option<TaskMirror>,
    /// Whether another run took the place.
    lost: bool,
    /// The place as the other run had it at the last look.
    seen: Option<Version>,
    /// The rest before this look.
    rest: Duration,
}

impl Teller {
    fn new(station: Station, documents: Arc<dyn StateStore>, failures: Failures) -> Self {
        let rest = station.tempo.news;
        Self { station, documents, failures, mirror: None, lost: false, seen: None, rest }
    }

    /// Publishes what is new, or looks whether the other run still does; answers how long to
    /// rest.
    async fn look(&mut self) -> Duration {
        let Tempo { again, .. } = self.station.tempo;
        if self.lost && self.is_moving().await {
            return again;
        }
        match self.catch_up().await {
            Ok(told) => {
                self.rest = self.station.tempo.after_news(told, self.rest);
                self.rest
            }
            Err(error) => {
                if !self.lost {
                    self.note(&error);
                }
                again
            }
        }
    }

    /// Publishes what is left.
    async fn end(mut self) {
        for last in (0..TRIES).rev() {
            match self.catch_up().await {
                Ok(_) => return,
                Err(_) if self.lost && last > 0 => {}
                Err(error) => return self.note(&error),
            }
        }
    }

    /// Takes the place, unless it is ours, and publishes what is new; answers how much.
    async fn catch_up(&mut self) -> Result<u64, MirrorError> {
        let mirror = match self.mirror.take() {
            Some(mirror) => Ok(mirror),
            None => self.open().await,
        };
        let told = match mirror {
            Ok(mirror) => self.mirror.insert(mirror).catch_up().await,
            Err(error) => Err(error),
        };
        self.lost = matches!(&told, Err(MirrorError::Place(BookmarkError::Taken { .. })));
        if self.lost {
            tracing::debug!("another run publishes the news of tasks now");
            (self.mirror, self.seen) = (None, None);
        }
        told
    }

    async fn open(&self) -> Result<TaskMirror, MirrorError> {
        let Station { transport, session, tasks, .. } = self.station.clone();
        let transport = WithResults::new(transport, session.clone(), Arc::clone(&tasks));
        let options = MirrorOptions::default().with_namespace(session);
        let documents = Arc::clone(&self.documents);
        TaskMirror::open(tasks, documents, Arc::new(transport), options).await
    }

    /// Whether the place has moved since the last look, as far as that can be seen.
    async fn is_moving(&mut self) -> bool {
        match self.version().await {
            Ok(version) => {
                let moved = version != self.seen;
                self.seen = version;
                moved
            }
            Err(error) => {
                self.note(&error);
                true
            }
        }
    }

    /// The version of the document in which a mirror keeps its place.
    async fn version(&self) -> popkit_store::Result<Option<Version>> {
        let key = StateKey::new(format!("{}mirror:tasks", self.station.session.prefix()))?;
        Ok(self.documents.load(&key).await?.map(|found| found.version))
    }

    fn note(&self, error: &dyn std::error::Error) {
        self.failures.note("news of tasks", error);
    }
}

#[cfg(test)]
mod tests;
