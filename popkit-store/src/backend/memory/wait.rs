//! Waiting agents. Each ready task wakes one of them.

use std::collections::VecDeque;

use popkit_protocol::Profile;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::MemoryStore;
use crate::{Result, Waiter, Wake, WakeReason, engine};

#[derive(Debug, Default)]
pub(super) struct Parked {
    next: u64,
    queue: VecDeque<Place>,
}

#[derive(Debug)]
struct Place {
    number: u64,
    profile: Profile,
    wake: oneshot::Sender<()>,
}

impl Parked {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn park(&mut self, profile: Profile) -> (u64, oneshot::Receiver<()>) {
        let (wake, woken) = oneshot::channel();
        self.next += 1;
        self.queue.push_back(Place { number: self.next, profile, wake });
        (self.next, woken)
    }

    /// Wakes the one that has waited longest among those that would take it.
    pub(super) fn wake_one(&mut self, would_take: impl Fn(&Profile) -> bool) {
        while let Some(at) = self.queue.iter().position(|place| would_take(&place.profile)) {
            let Some(place) = self.queue.remove(at) else { return };
            if place.wake.send(()).is_ok() {
                return;
            }
        }
    }

    pub(super) fn wake_all(&mut self) {
        for place in self.queue.drain(..) {
            let _ = place.wake.send(());
        }
    }

    /// Takes a place out; `false` where it was woken already.
    fn leave(&mut self, number: u64) -> bool {
        let at = self.queue.iter().position(|place| place.number == number);
        at.and_then(|at| self.queue.remove(at)).is_some()
    }
}

/// A parked waiter that may be dropped at any moment. A wake-up that nobody will act on is
/// handed to the next.
struct Guard<'a> {
    store: &'a MemoryStore,
    number: u64,
    profile: Profile,
    acted: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let mut data = self.store.lock();
        if !data.parked.leave(self.number) && !self.acted {
            let mine = self.profile.clone();
            data.parked.wake_one(|other| *other == mine || other.kinds() == mine.kinds());
        }
    }
}

impl MemoryStore {
    pub(super) async fn wait_for_work(&self, waiter: Waiter) -> Result<Wake> {
        let until = Instant::now() + waiter.timeout;
        loop {
            let (guard, woken, wake_at) = {
                let mut data = self.lock();
                let at = |e: crate::Error| e.at("memory", "wait");
                let now = data.begin(self.0.clock.now()).map_err(at)?;
                engine::maintain(&mut data.engine, now).map_err(at)?;
                data.wake();
                if data.engine.is_ready_for(&waiter.claim.profile) {
                    return Ok(Wake::hint(WakeReason::Ready));
                }
                let timer = data.engine.next_timer();
                let profile = waiter.claim.profile.clone();
                let (number, woken) = data.parked.park(profile.clone());
                let guard = Guard { store: self, number, profile, acted: false };
                (guard, woken, timer.map(|at| Instant::now() + at.since(now)))
            };
            if Instant::now() >= until {
                return Ok(Wake::hint(WakeReason::Timeout));
            }
            let mut guard = guard;
            let sleep_until = wake_at.map_or(until, |at| at.min(until));
            if let Ok(Ok(())) = timeout_at(sleep_until, woken).await {
                guard.acted = true;
            }
        }
    }
}
