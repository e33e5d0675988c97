//! Following the store's history.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Cursor, TaskEvent, TaskId};
use popkit_store::{HistoryQuery, Result, TaskStore};

use crate::command::run::tempo::Tempo;

/// Reads the history from where it was last read to.
#[derive(Debug)]
pub(in super::super) struct Tail {
    store: Arc<dyn TaskStore>,
    cursor: Cursor,
    tempo: Tempo,
    pause: Duration,
}

impl Tail {
    /// From the first event on.
    pub(in super::super) fn new(store: Arc<dyn TaskStore>, tempo: Tempo) -> Self {
        Self { store, cursor: Cursor::START, tempo, pause: tempo.busy }
    }

    /// The next events, at most a page; empty when there are none yet.
    ///
    /// # Cancel safety
    ///
    /// Dropped, nothing is skipped: the next look begins at the same place.
    pub(in super::super) async fn next(&mut self) -> Result<Vec<TaskEvent>> {
        let page = self.store.history(HistoryQuery::after(self.cursor)).await?;
        if let Some(last) = page.items.last() {
            self.cursor = last.cursor;
            self.pause = self.tempo.found();
        } else {
            self.pause = self.tempo.longer(self.pause);
        }
        Ok(page.items)
    }

    /// The store it follows.
    pub(in super::super) fn store(&self) -> &dyn TaskStore {
        &*self.store
    }

    /// How long to rest before the next look.
    pub(in super::super) fn pause(&self) -> Duration {
        self.pause
    }

    /// An agent of this run has done something: how soon to look, where looks follow that.
    pub(in super::super) fn hurry(&mut self) -> Option<Duration> {
        let busy = self.tempo.busy;
        self.tempo.follows.then(|| {
            self.pause = busy;
            busy
        })
    }

    /// A task as it is stored now.
    pub(in super::super) async fn read(
        &self,
        id: &TaskId,
    ) -> Result<Option<popkit_protocol::Task>> {
        Ok(self.store.get_many(std::slice::from_ref(id)).await?.into_iter().flatten().next())
    }
}
