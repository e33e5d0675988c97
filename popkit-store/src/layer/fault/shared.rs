//! What all clones of a fault layer share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{FaultCounts, FaultOptions, Injection};
use crate::layer::Operation;

#[derive(Debug)]
pub(super) struct Shared {
    options: FaultOptions,
    // A std mutex: it is never held across an await.
    book: Mutex<Book>,
    link: watch::Sender<Link>,
}

#[derive(Debug, Default)]
struct Book {
    script: BTreeMap<Operation, VecDeque<Injection>>,
    counts: BTreeMap<Operation, FaultCounts>,
}

/// The way to the store. The number of cuts tells a caller that it was cut, even when it is
/// up again by the time the caller looks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Link {
    pub(super) down: bool,
    pub(super) cuts: u64,
}

impl Shared {
    pub(super) fn new(options: FaultOptions) -> Self {
        Self { options, book: Mutex::default(), link: watch::Sender::new(Link::default()) }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn script(&self, operation: Operation, next: impl IntoIterator<Item = Injection>) {
        // Collected first: the iterator is the caller's and may do anything.
        let next: Vec<Injection> = next.into_iter().collect();
        self.book().script.entry(operation).or_default().extend(next);
    }

    pub(super) fn set_down(&self, down: bool) {
        self.link.send_modify(|link| {
            link.cuts += u64::from(down && !link.down);
            link.down = down;
        });
    }

    pub(super) fn is_down(&self) -> bool {
        self.link.borrow().down
    }

    pub(super) fn link(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }

    /// Counts a call and decides what happens to it.
    pub(super) fn next(&self, operation: Operation) -> Injection {
        let mut book = self.book();
        let scripted = book.script.get_mut(&operation).and_then(VecDeque::pop_front);
        let counts = book.counts.entry(operation).or_default();
        let injection = scripted.unwrap_or_else(|| self.options.draw(operation, counts.calls));
        counts.calls += 1;
        counts.count(injection);
        injection
    }

    /// Counts a call that was refused because the store is cut off.
    pub(super) fn refused(&self, operation: Operation) {
        self.book().counts.entry(operation).or_default().calls += 1;
        self.cut_off(operation);
    }

    /// Counts that a call was cut off.
    pub(super) fn cut_off(&self, operation: Operation) {
        self.book().counts.entry(operation).or_default().cut_off += 1;
    }

    pub(super) fn counts(&self, operation: Option<Operation>) -> FaultCounts {
        let book = self.book();
        match operation {
            Some(operation) => book.counts.get(&operation).copied().unwrap_or_default(),
            None => book.counts.values().copied().fold(FaultCounts::default(), FaultCounts::plus),
        }
    }
}
