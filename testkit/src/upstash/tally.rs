//! What has been asked of a double.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The commands that have run, by name.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Tally {
    /// Counts one command.
    pub(super) fn add(&self, name: String) {
        self.add_many(name, 1);
    }

    /// Counts a command several times.
    pub(super) fn add_many(&self, name: String, times: u64) {
        *self.lock().entry(name).or_default() += times;
    }

    /// All counts.
    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.lock().clone()
    }

    /// How many commands have run.
    pub(super) fn total(&self) -> u64 {
        self.lock().values().sum()
    }

    /// Starts from zero.
    pub(super) fn reset(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_counted_by_name() {
        let tally = Tally::default();
        tally.add("get".to_owned());
        tally.add_many("get".to_owned(), 2);
        tally.add("xadd".to_owned());
        assert_eq!(tally.counts().get("get"), Some(&3));
        assert_eq!(tally.total(), 4);
        tally.reset();
        assert_eq!(tally.total(), 0);
    }
}
