//! Waiting for a condition, with a deadline.

use std::thread;
use std::time::Duration;

use crate::stopwatch::Stopwatch;

/// Time between two looks at a condition.
const POLL: Duration = Duration::from_millis(5);

/// Blocks until `condition` holds, looking every 5 ms.
///
/// The condition is looked at once more after the deadline, so a test on a stalled machine does not
/// fail on a condition that holds.
///
/// # Panics
///
/// When `deadline` has passed, with `what` in the message: `waited 2s for the lease to expire`.
///
/// ```
/// use std::time::Duration;
///
/// let mut looks = 0;
/// popkit_testkit::wait_until(Duration::from_secs(5), "the third look", || {
///     looks += 1;
///     looks == 3
/// });
/// ```
#[track_caller]
pub fn wait_until(deadline: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(deadline, what, || condition().then_some(()));
}

/// Blocks until `probe` gives a value, looking every 5 ms, and returns the value.
///
/// # Panics
///
/// When `deadline` has passed, with `what` in the message.
#[track_caller]
pub fn wait_for<T>(deadline: Duration, what: &str, probe: impl FnMut() -> Option<T>) -> T {
    match poll(deadline, probe) {
        Some(value) => value,
        None => panic!("waited {deadline:?} for {what}"),
    }
}

/// Looks every 5 ms until `probe` gives a value; `None` when the deadline has passed.
pub(crate) fn poll<T>(deadline: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let watch = Stopwatch::start();
    loop {
        let last = watch.left_of(deadline).is_zero();
        let found = probe();
        if found.is_some() || last {
            return found;
        }
        thread::sleep(POLL.min(watch.left_of(deadline)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_as_soon_as_the_condition_holds() {
        let watch = Stopwatch::start();
        let mut looks = 0;
        wait_until(Duration::from_secs(60), "three looks", || {
            looks += 1;
            looks == 3
        });
        assert_eq!(looks, 3);
        assert!(watch.elapsed() < Duration::from_secs(30));
    }

    #[test]
    #[should_panic(expected = "waited 20ms for a flag nobody sets")]
    fn names_what_it_waited_for() {
        wait_until(Duration::from_millis(20), "a flag nobody sets", || false);
    }

    #[test]
    fn looks_once_even_without_time() {
        assert_eq!(wait_for(Duration::ZERO, "a value", || Some(7)), 7);
    }
}
