//! Waiting agents. Each ready task wakes one of them.

use std::collections::VecDeque;
use std::time::Duration;

use popkit_protocol::{Profile, Timestamp};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::{Data, MemoryStore};
use crate::{Result, Waiter, Wake, WakeReason, engine};

/// As long as any wait needs to be; the timer cannot express every span.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

#[derive(Debug, Default)]
pub(super) struct Parked {
    next: u64,
    queue: VecDeque<Place>,
}

#[derive(Debug)]
struct Place {
    number: u64,
    profile: Profile,
    /// When it will look by itself, by the store's clock.
    looks_at: Option<Timestamp>,
    wake: oneshot::Sender<()>,
}

impl Parked {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn park(
        &mut self,
        profile: Profile,
        looks_at: Option<Timestamp>,
    ) -> (u64, oneshot::Receiver<()>) {
        let (wake, woken) = oneshot::channel();
        self.next += 1;
        self.queue.push_back(Place { number: self.next, profile, looks_at, wake });
        (self.next, woken)
    }

    /// Wakes the one that has waited longest among those that would take it.
    pub(super) fn wake_one(&mut self, mut would_take: impl FnMut(&Profile) -> bool) {
        while let Some(at) = self.queue.iter().position(|place| would_take(&place.profile)) {
            let Some(place) = self.queue.remove(at) else { return };
            if place.wake.send(()).is_ok() {
                return;
            }
        }
    }

    /// Where nobody would look at `next` by itself, wakes the one that came last, so that it
    /// parks again at its old place and looks then.
    pub(super) fn look_at(&mut self, next: Timestamp) {
        if self.queue.iter().any(|place| place.looks_at.is_some_and(|at| at <= next)) {
            return;
        }
        while let Some(place) = self.queue.pop_back() {
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
/// handed to another that could, and so is the look at the next timer.
struct Guard<'a> {
    store: &'a MemoryStore,
    number: u64,
    acted: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let mut data = self.store.lock();
        if !data.parked.leave(self.number) && !self.acted {
            let Data { engine, parked, .. } = &mut *data;
            parked.wake_one(|other| engine.is_ready_for(other));
        }
        data.wake();
    }
}

impl Data {
    /// Somebody who may have been woken for a task found nothing and parks: another, whose
    /// work that agent took instead, is woken for what is left.
    fn hand_on(&mut self) {
        if self.engine.counts(false).ready > 0 {
            let Self { engine, parked, .. } = self;
            parked.wake_one(|other| engine.is_ready_for(other));
        }
    }
}

impl MemoryStore {
    pub(super) async fn wait_for_work(&self, waiter: Waiter) -> Result<Wake> {
        let until = Instant::now() + waiter.timeout.min(LONGEST);
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
                data.hand_on();
                let timer = data.engine.next_timer();
                let profile = waiter.claim.profile.clone();
                let (number, woken) = data.parked.park(profile, timer);
                let guard = Guard { store: self, number, acted: false };
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
