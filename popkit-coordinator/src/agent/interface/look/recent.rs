//! Finding the end of a long history. A store reads its log forward only; reading a million
//! events to show the last ten would take minutes, so the end is found by halving.

use popkit_protocol::TaskEvent;
use popkit_store::{HistoryQuery, PageRequest, Result, TaskStore};

/// Events of one page.
const PAGE: usize = 1000;

/// The last `count` events, oldest first, and the number of the last one. `known` is a number
/// at or before the end, a hint.
pub(super) async fn last(
    store: &dyn TaskStore,
    known: u64,
    count: usize,
) -> Result<(Vec<TaskEvent>, u64)> {
    let end = end(store, known).await?;
    // Numbers have holes where tasks were pruned: look further back until there are enough.
    let mut window = count as u64;
    loop {
        let start = end.saturating_sub(window);
        let mut events = after(store, start, count).await?;
        if events.len() >= count || start == 0 {
            let surplus = events.len().saturating_sub(count);
            events.drain(..surplus);
            let end = events.last().map_or(end, |event| event.cursor.number());
            return Ok((events, end));
        }
        window = window.saturating_mul(4);
    }
}

/// The events after this number; of many only the last pages, but `count` at least.
async fn after(store: &dyn TaskStore, start: u64, count: usize) -> Result<Vec<TaskEvent>> {
    let (mut events, mut place) = (Vec::new(), start);
    loop {
        let page = page(store, place, PAGE).await?;
        let Some(last) = page.last() else { return Ok(events) };
        place = last.cursor.number();
        let is_last = page.len() < PAGE;
        events.extend(page);
        let surplus = events.len().saturating_sub(count);
        events.drain(..surplus);
        if is_last {
            return Ok(events);
        }
    }
}

/// The number of the last event; `known` or 0 where there is none behind it.
async fn end(store: &dyn TaskStore, known: u64) -> Result<u64> {
    // Everything up to `low` is there, nothing behind `high`.
    let (mut low, mut step) = (known, 1_u64);
    let mut high = loop {
        let probe = low.saturating_add(step - 1);
        match first_after(store, probe).await? {
            None => break probe,
            Some(found) => low = found,
        }
        step = step.saturating_mul(2);
    };
    while low < high {
        let middle = low + (high - low) / 2;
        match first_after(store, middle).await? {
            Some(found) => low = found,
            None => high = middle,
        }
    }
    Ok(high)
}

async fn first_after(store: &dyn TaskStore, number: u64) -> Result<Option<u64>> {
    let page = page(store, number, 1).await?;
    Ok(page.first().map(|event| event.cursor.number()))
}

async fn page(store: &dyn TaskStore, number: u64, size: usize) -> Result<Vec<TaskEvent>> {
    let query = HistoryQuery::default().page(PageRequest::first(size).after(number));
    Ok(store.history(query).await?.items)
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{NewTask, Priority, TaskId, Timestamp};
    use popkit_store::{Action, ChangeRequest, MemoryStore, PruneQuery, TaskStoreExt as _};

    use super::*;

    async fn numbers(store: &MemoryStore, known: u64, count: usize) -> (Vec<u64>, u64) {
        let (events, end) = last(store, known, count).await.unwrap();
        (events.iter().map(|event| event.cursor.number()).collect(), end)
    }

    /// A history of so many events.
    async fn store(events: u64) -> MemoryStore {
        let store = MemoryStore::new();
        let id = TaskId::new("a").unwrap();
        let task = NewTask::new(id.clone(), "work".try_into().unwrap());
        if events > 0 {
            store.insert(task).await.unwrap();
        }
        for number in 1..events {
            let priority = Priority::raw(u8::try_from(number % 2).unwrap());
            let action = Action::Reprioritise { priority };
            store.change(ChangeRequest::new(id.clone(), action, "anna")).await.unwrap();
        }
        store
    }

    #[tokio::test]
    async fn the_end_is_found_from_any_place_before_it() {
        for size in [0, 1, 2, 3, 7, 64, 100] {
            let store = store(size).await;
            for known in 0..=size {
                assert_eq!(end(&store, known).await.unwrap(), size, "{size} from {known}");
            }
            let wanted: Vec<u64> = (size.saturating_sub(4)..=size).filter(|n| *n > 0).collect();
            assert_eq!(numbers(&store, 0, 5).await, (wanted, size));
        }
    }

    #[tokio::test]
    async fn holes_in_the_numbers_are_looked_over() {
        let store = store(3).await;
        let insert = async |id: &str| {
            let task = NewTask::new(id.try_into().unwrap(), "work".try_into().unwrap());
            store.insert(task).await.unwrap();
        };
        for n in 0..40 {
            let id = format!("gone-{n}");
            insert(&id).await;
            store.cancel(&id.as_str().try_into().unwrap(), "anna", None).await.unwrap();
        }
        insert("b").await;
        assert_eq!(store.prune(PruneQuery::before(Timestamp::MAX)).await.unwrap(), 40);
        assert_eq!(numbers(&store, 0, 2).await, (vec![3, 84], 84));
        assert_eq!(numbers(&store, 84, 9).await, (vec![1, 2, 3, 84], 84));
    }

    #[tokio::test]
    async fn more_than_a_page_is_read_to_its_end() {
        let store = store(2500).await;
        let (found, end) = numbers(&store, 0, 1000).await;
        assert_eq!((found.first(), found.len(), end), (Some(&1501), 1000, 2500));
    }
}
