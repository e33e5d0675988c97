//! Following the store's history.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Cursor, TaskEvent, TaskId};
use popkit_store::{HistoryQuery, Result, TaskStore};

/// The shortest time between two looks.
const BUSY: Duration = Duration::from_millis(50);
/// The longest.
const QUIET: Duration = Duration::from_millis(250);

/// Reads the history from where it was last read to.
#[derive(Debug)]
pub(in super::super) struct Tail {
    store: Arc<dyn TaskStore>,
    cursor: Cursor,
    pause: Duration,
}

impl Tail {
    /// From the first event on.
    pub(in super::super) fn new(store: Arc<dyn TaskStore>) -> Self {
        Self { store, cursor: Cursor::START, pause: BUSY }
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
            self.pause = BUSY;
        } else {
            self.pause = (self.pause * 5 / 4).min(QUIET);
        }
        Ok(page.items)
    }

    /// The store it follows.
    pub(in super::super) fn store(&self) -> &dyn TaskStore {
        &*self.store
    }

    /// How long to rest before the next look: shorter while much happens.
    pub(in super::super) fn pause(&self) -> Duration {
        self.pause
    }

    /// A task as it is stored now.
    pub(in super::super) async fn read(
        &self,
        id: &TaskId,
    ) -> Result<Option<popkit_protocol::Task>> {
        Ok(self.store.get_many(std::slice::from_ref(id)).await?.into_iter().flatten().next())
    }
}
