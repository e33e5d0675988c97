//! Specs of tasks seen last. A spec never changes and its number is never used again, so
//! nothing here grows stale, unless the insertion that put it here is undone.

use std::collections::HashMap;

use popkit_protocol::Task;

/// The bytes kept, roughly.
const BUDGET: usize = 16 * 1024 * 1024;
/// What an entry weighs besides its texts.
const OVERHEAD: usize = 1024;

/// A bounded map in two generations: what is not asked for while the younger one fills up is
/// dropped with the older one.
#[derive(Debug, Default)]
pub(in crate::backend::sqlite) struct Specs {
    young: HashMap<u64, Entry>,
    old: HashMap<u64, Entry>,
    young_bytes: usize,
}

/// The task as it was inserted: to be cloned and brought up to date, which is cheaper than
/// making one, as the lane is a hash.
#[derive(Debug)]
struct Entry {
    first: Task,
    bytes: usize,
}

impl Specs {
    pub(in crate::backend::sqlite) fn get(&mut self, seq: u64) -> Option<Task> {
        if let Some(entry) = self.young.get(&seq) {
            return Some(entry.first.clone());
        }
        let entry = self.old.remove(&seq)?;
        let first = entry.first.clone();
        self.keep(seq, entry);
        Some(first)
    }

    /// Keeps the first form of a task: without anything that happened to it.
    pub(in crate::backend::sqlite) fn put(&mut self, seq: u64, first: Task) {
        let spec = &first.spec;
        let bytes = OVERHEAD + spec.payload.len() + spec.title.len() + spec.description.len();
        self.keep(seq, Entry { first, bytes });
    }

    fn keep(&mut self, seq: u64, entry: Entry) {
        if self.young_bytes + entry.bytes > BUDGET / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += entry.bytes;
        if let Some(former) = self.young.insert(seq, entry) {
            self.young_bytes -= former.bytes;
        }
    }

    pub(in crate::backend::sqlite) fn remove(&mut self, seq: u64) {
        self.old.remove(&seq);
        if let Some(entry) = self.young.remove(&seq) {
            self.young_bytes -= entry.bytes;
        }
    }

    pub(in crate::backend::sqlite) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use popkit_protocol::{Json, NewTask, Score, Timestamp};

    use super::*;

    #[test]
    fn the_bytes_are_bounded_and_the_used_stay() {
        let mut specs = Specs::default();
        let payload = Json::encode(&"x".repeat(100_000)).unwrap();
        for seq in 0..1000 {
            let spec = NewTask::new("t".try_into().unwrap(), "k".try_into().unwrap())
                .with_payload(payload.clone());
            let at = Timestamp::EPOCH;
            specs.put(seq, Task::inserted(Arc::new(spec), Score::default(), 0, at));
            assert!(specs.get(0).is_some(), "asked for each time");
            let bytes = |map: &HashMap<u64, Entry>| map.values().map(|e| e.bytes).sum::<usize>();
            assert_eq!(bytes(&specs.young), specs.young_bytes);
            assert!(bytes(&specs.young) + bytes(&specs.old) <= BUDGET);
        }
        assert!(specs.get(1).is_none());
        specs.clear();
        assert!(specs.get(0).is_none());
    }
}
