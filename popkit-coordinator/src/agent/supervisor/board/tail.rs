//! Following the store's history.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Cursor, Task, TaskEvent, TaskId};
use popkit_store::{HistoryQuery, PageRequest, Result, TaskStore};

/// The shortest time between two looks.
const BUSY: Duration = Duration::from_millis(50);
/// The longest.
const QUIET: Duration = Duration::from_secs(1);

/// Reads the history from where it was last read to.
#[derive(Debug)]
pub(in super::super) struct Tail {
    store: Arc<dyn TaskStore>,
    cursor: Cursor,
    pause: Duration,
}

impl Tail {
    /// After this event.
    pub(in super::super) fn after(store: Arc<dyn TaskStore>, cursor: Cursor) -> Self {
        Self { store, cursor, pause: BUSY }
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
        }
        Ok(page.items)
    }

    /// How long to rest before the next look: shorter while much happens.
    pub(in super::super) fn rest(&mut self, busy: bool) -> Duration {
        self.pause = if busy { BUSY } else { (self.pause * 5 / 4).min(QUIET) };
        self.pause
    }
}

/// The place before the first event of a task: everything that happened to tasks inserted
/// with it or later comes after it.
pub(in super::super) async fn before(store: &dyn TaskStore, task: &TaskId) -> Result<Cursor> {
    let first = HistoryQuery::of(task.clone()).page(PageRequest::first(1));
    let page = store.history(first).await?;
    let number = page.items.first().map_or(0, |event| event.cursor.number());
    Ok(Cursor::from_number(number.saturating_sub(1)))
}

/// Tasks as they are stored now, in any number, in the order of the ids.
pub(in super::super) async fn read(
    store: &dyn TaskStore,
    ids: &[TaskId],
) -> Result<Vec<Option<Task>>> {
    let mut tasks = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        tasks.extend(store.get_many(some).await?);
    }
    Ok(tasks)
}

#[cfg(test)]
mod tests {
    use popkit_protocol::NewTask;
    use popkit_store::{MemoryStore, TaskStoreExt as _};

    use super::*;

    #[tokio::test]
    async fn nothing_is_read_twice_and_nothing_left_out() {
        let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
        let insert = async |id: &str| {
            let task = NewTask::new(id.try_into().unwrap(), "work".try_into().unwrap());
            store.insert(task).await.unwrap();
        };
        insert("a").await;
        insert("b").await;
        let from = before(&*store, &"b".try_into().unwrap()).await.unwrap();
        let mut tail = Tail::after(Arc::clone(&store), from);
        let ids = |events: Vec<TaskEvent>| events.into_iter().map(|e| e.task).collect::<Vec<_>>();
        assert_eq!(ids(tail.next().await.unwrap()), ["b".try_into().unwrap()]);
        assert!(tail.next().await.unwrap().is_empty());
        insert("c").await;
        assert_eq!(ids(tail.next().await.unwrap()), ["c".try_into().unwrap()]);
        let unknown = before(&*store, &"z".try_into().unwrap()).await.unwrap();
        assert_eq!(unknown, Cursor::START);
    }

    #[test]
    fn where_nothing_happens_the_looks_grow_rare() {
        let mut tail = Tail::after(Arc::new(MemoryStore::new()), Cursor::START);
        let rests: Vec<Duration> = (0..30).map(|_| tail.rest(false)).collect();
        assert!(rests.is_sorted());
        assert_eq!(rests.last(), Some(&QUIET));
        assert_eq!(tail.rest(true), BUSY);
    }
}
