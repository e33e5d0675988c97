//! The faults that are still to come.

use std::collections::VecDeque;
use std::iter::repeat_n;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fault::{Fault, StreamFault};

/// The faults of the next requests, in their order; each is used up by one request.
///
/// Requests for commands (`/`, `/pipeline`, `/multi-exec`, a path) and streams of events
/// (`/subscribe`, `/psubscribe`, `/monitor`) have a queue each. What is not in a queue goes well.
#[derive(Debug, Default)]
pub struct Faults {
    requests: Mutex<VecDeque<Fault>>,
    streams: Mutex<VecDeque<StreamFault>>,
}

impl Faults {
    /// The next `times` requests for commands that have no fault yet go wrong in this way.
    pub fn next(&self, times: usize, fault: Fault) {
        lock(&self.requests).extend(repeat_n(fault, times));
    }

    /// The next `times` streams that have no fault yet go wrong in this way.
    pub fn next_stream(&self, times: usize, fault: StreamFault) {
        lock(&self.streams).extend(repeat_n(fault, times));
    }

    /// How many faults are still to come, of both kinds.
    #[must_use]
    pub fn pending(&self) -> usize {
        lock(&self.requests).len() + lock(&self.streams).len()
    }

    /// Nothing goes wrong any more.
    pub fn clear(&self) {
        lock(&self.requests).clear();
        lock(&self.streams).clear();
    }

    /// Uses up the fault of a request for commands.
    pub(crate) fn take(&self) -> Option<Fault> {
        lock(&self.requests).pop_front()
    }

    /// Uses up the fault of a stream.
    pub(crate) fn take_stream(&self) -> Option<StreamFault> {
        lock(&self.streams).pop_front()
    }
}

fn lock<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_used_up_in_their_order() {
        let faults = Faults::default();
        faults.next(2, Fault::Status(502));
        faults.next(1, Fault::CloseAfter);
        faults.next_stream(1, StreamFault::CloseAfter(1));
        assert_eq!(faults.pending(), 4);
        let taken: Vec<_> = std::iter::from_fn(|| faults.take()).collect();
        assert_eq!(taken, [Fault::Status(502), Fault::Status(502), Fault::CloseAfter]);
        assert_eq!(faults.take_stream(), Some(StreamFault::CloseAfter(1)));
        assert_eq!(faults.pending(), 0);
    }

    #[test]
    fn a_cleared_script_is_empty() {
        let faults = Faults::default();
        faults.next(3, Fault::CutBody);
        faults.clear();
        assert_eq!(faults.take(), None);
    }
}
