//! Looks at a plan as they come.

use std::sync::Arc;

use tokio::sync::watch;

use super::PlanProgress;

/// Follows the progress of a plan. Clones follow for themselves.
///
/// Whoever is slow gets the latest look, not every one.
#[derive(Debug, Clone)]
pub struct ProgressFeed(watch::Receiver<Arc<PlanProgress>>);

/// The other end.
#[derive(Debug)]
pub(in super::super) struct Looks(watch::Sender<Arc<PlanProgress>>);

/// Both ends, with a first look.
pub(in super::super) fn looks(first: PlanProgress) -> Looks {
    Looks(watch::Sender::new(Arc::new(first)))
}

impl ProgressFeed {
    /// The last look.
    #[must_use]
    pub fn latest(&self) -> Arc<PlanProgress> {
        Arc::clone(&self.0.borrow())
    }

    /// The next look that differs from the last one this feed gave; `None` when the
    /// supervisor has ended and its last look was given.
    ///
    /// # Cancel safety
    ///
    /// Dropped, no look is lost.
    pub async fn next(&mut self) -> Option<Arc<PlanProgress>> {
        self.0.changed().await.ok()?;
        Some(Arc::clone(&self.0.borrow_and_update()))
    }
}

impl Looks {
    /// Somebody who follows from now on.
    pub(in super::super) fn feed(&self) -> ProgressFeed {
        ProgressFeed(self.0.subscribe())
    }

    /// The last look.
    pub(in super::super) fn latest(&self) -> Arc<PlanProgress> {
        Arc::clone(&self.0.borrow())
    }

    /// Takes a look; answers whether it tells anything new.
    pub(in super::super) fn take(&self, look: PlanProgress) -> bool {
        self.0.send_if_modified(|last| {
            let is_new = PlanProgress { at: last.at, ..look.clone() } != **last;
            if is_new {
                *last = Arc::new(look);
            }
            is_new
        })
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::Timestamp;

    use super::*;

    #[tokio::test]
    async fn a_feed_tells_what_is_new_and_then_the_end() {
        let ours = looks(PlanProgress::default());
        let mut feed = ours.feed();
        let later = PlanProgress { at: Timestamp::from_millis(5), ..PlanProgress::default() };
        assert!(!ours.take(later), "time alone is no news");
        assert!(ours.take(PlanProgress { done: 1, ..PlanProgress::default() }));
        assert!(ours.take(PlanProgress { done: 2, ..PlanProgress::default() }));
        assert_eq!(feed.latest().done, 2);
        assert_eq!(feed.next().await.map(|look| look.done), Some(2), "the latest, not each");
        assert!(ours.take(PlanProgress { done: 3, ..PlanProgress::default() }));
        drop(ours);
        assert_eq!(feed.next().await.map(|look| look.done), Some(3));
        assert_eq!(feed.next().await, None);
    }
}
