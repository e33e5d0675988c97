//! What happens to which call.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{FaultCounts, FaultOptions, Injection};

/// The memory of a fault layer: it decides by script, else by chance, what happens to each
/// call of an operation, and counts.
#[derive(Debug)]
pub struct FaultPlan<O> {
    options: FaultOptions<O>,
    book: Mutex<Book<O>>,
}

#[derive(Debug)]
struct Book<O> {
    script: BTreeMap<O, VecDeque<Injection>>,
    counts: BTreeMap<O, FaultCounts>,
}

impl<O: Copy + Ord + Into<u64>> FaultPlan<O> {
    /// Nothing scripted, nothing counted.
    #[must_use]
    pub fn new(options: FaultOptions<O>) -> Self {
        let book = Book { script: BTreeMap::new(), counts: BTreeMap::new() };
        Self { options, book: Mutex::new(book) }
    }

    fn book(&self) -> MutexGuard<'_, Book<O>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens to the next calls of an operation, after what was scripted before.
    pub fn script(&self, operation: O, next: impl IntoIterator<Item = Injection>) {
        // Collected first: the iterator is the caller's and may do anything.
        let next: Vec<Injection> = next.into_iter().collect();
        self.book().script.entry(operation).or_default().extend(next);
    }

    /// Counts a call and decides what happens to it.
    pub fn decide(&self, operation: O) -> Injection {
        let mut book = self.book();
        let scripted = book.script.get_mut(&operation).and_then(VecDeque::pop_front);
        let counts = book.counts.entry(operation).or_default();
        let injection = scripted.unwrap_or_else(|| self.options.draw(operation, counts.calls));
        counts.calls += 1;
        counts.count(injection);
        injection
    }

    /// Counts a call that was refused because the backend is cut off.
    pub fn refused(&self, operation: O) {
        self.book().counts.entry(operation).or_default().calls += 1;
        self.cut_off(operation);
    }

    /// Counts that a call, counted before, was cut off.
    pub fn cut_off(&self, operation: O) {
        self.book().counts.entry(operation).or_default().cut_off += 1;
    }

    /// What was counted for an operation; for all of them, if none is given.
    #[must_use]
    pub fn counts(&self, operation: Option<O>) -> FaultCounts {
        let book = self.book();
        match operation {
            Some(operation) => book.counts.get(&operation).copied().unwrap_or_default(),
            None => book.counts.values().copied().fold(FaultCounts::default(), FaultCounts::plus),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_comes_first_and_everything_is_counted() {
        let plan = FaultPlan::<u8>::new(FaultOptions::default());
        plan.script(1, [Injection::Fail, Injection::Lose]);
        let decided = [plan.decide(1), plan.decide(2), plan.decide(1), plan.decide(1)];
        assert_eq!(decided, [Injection::Fail, Injection::Pass, Injection::Lose, Injection::Pass]);
        plan.refused(2);
        let counts = plan.counts(Some(1));
        assert_eq!((counts.calls, counts.failed, counts.lost, counts.cut_off), (3, 1, 1, 0));
        assert_eq!((plan.counts(None).calls, plan.counts(None).cut_off), (5, 1));
        assert_eq!(plan.counts(Some(9)), FaultCounts::default());
    }
}
