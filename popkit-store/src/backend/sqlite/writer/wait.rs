//! Waiting agents. Each ready task wakes one of them.

use std::collections::VecDeque;

use popkit_protocol::{Profile, Timestamp};
use tokio::sync::oneshot;

use super::job::Job;
use crate::backend::sqlite::tables::SqliteTables;
use crate::{Error, Result, engine};

/// An agent that waits.
#[derive(Debug)]
struct Parked {
    profile: Profile,
    /// Taken when it is woken.
    wake: Option<oneshot::Sender<()>>,
}

impl Parked {
    fn is_waiting(&self) -> bool {
        self.wake.as_ref().is_some_and(|wake| !wake.is_closed())
    }
}

/// Those who wait, longest first.
#[derive(Debug, Default)]
pub(in crate::backend::sqlite) struct Waiters(VecDeque<Parked>);

impl Waiters {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Drops those who no longer wait.
    pub(super) fn tidy(&mut self) {
        self.0.retain(Parked::is_waiting);
    }

    /// Wakes one agent per ready task: `ready` says how many there are in which lane.
    pub(super) fn wake(
        &mut self,
        ready: &mut [(u32, i64)],
        mut lanes_of: impl FnMut(&Profile) -> std::sync::Arc<[u32]>,
    ) {
        self.0.retain_mut(|parked| {
            if !parked.is_waiting() {
                return false;
            }
            let lanes = lanes_of(&parked.profile);
            let Some((_, left)) =
                ready.iter_mut().find(|(lane, left)| *left > 0 && lanes.contains(lane))
            else {
                return true;
            };
            // Who went just now leaves the task to the next.
            if parked.wake.take().is_some_and(|wake| wake.send(()).is_ok()) {
                *left -= 1;
            }
            false
        });
    }

    /// Wakes all, by dropping what would wake them.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Looks for work and parks the agent where there is none.
pub(in crate::backend::sqlite) struct Look {
    pub(in crate::backend::sqlite) profile: Profile,
    /// Wakes the parked agent.
    pub(in crate::backend::sqlite) wake: oneshot::Sender<()>,
    pub(in crate::backend::sqlite) found: Option<Result<bool>>,
    /// Whether there is work now; if not, the agent is parked.
    pub(in crate::backend::sqlite) reply: oneshot::Sender<Result<bool>>,
}

impl Job for Look {
    fn is_durable(&self) -> bool {
        false
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn run(&mut self, tables: &mut SqliteTables<'_>, now: Timestamp) -> bool {
        let found = engine::maintain(tables, now).and_then(|()| tables.is_ready_for(&self.profile));
        let holds = found.is_ok();
        self.found = Some(found);
        holds
    }

    fn answer(self: Box<Self>, failure: Option<Error>, waiters: &mut Waiters) {
        let Self { profile, wake, found, reply } = *self;
        let result = match (found, failure) {
            (Some(Err(error)), _) | (_, Some(error)) => Err(error),
            (Some(found), None) => found,
            (None, None) => return,
        };
        if matches!(result, Ok(false)) {
            waiters.0.push_back(Parked { profile, wake: Some(wake) });
        }
        let _ = reply.send(result);
    }
}

/// Promotes and rescues while agents wait.
pub(super) struct Maintain;

impl Job for Maintain {
    fn is_durable(&self) -> bool {
        false
    }

    fn is_abandoned(&self) -> bool {
        false
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn run(&mut self, tables: &mut SqliteTables<'_>, now: Timestamp) -> bool {
        // A failure here comes again with the next call, which has somebody to tell.
        engine::maintain(tables, now).is_ok()
    }

    fn answer(self: Box<Self>, _: Option<Error>, _: &mut Waiters) {}
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use popkit_protocol::{AgentId, Kinds};

    use super::*;

    /// Two that serve lane 1, one that serves lane 2, one that is gone.
    fn waiting() -> (Waiters, Vec<oneshot::Receiver<()>>) {
        let (mut waiters, mut receivers) = (Waiters::default(), Vec::new());
        for name in ["gone-1", "one-1", "two-1", "one-2"] {
            let (wake, woken) = oneshot::channel();
            let profile = Profile::new(AgentId::new(name).unwrap(), Kinds::Any, []);
            waiters.0.push_back(Parked { profile, wake: Some(wake) });
            receivers.push(woken);
        }
        receivers.remove(0);
        (waiters, receivers)
    }

    fn lanes_of(profile: &Profile) -> Arc<[u32]> {
        let lane = if profile.agent().as_str().ends_with('1') { 1 } else { 2 };
        Arc::new([lane])
    }

    fn woken(receivers: &mut [oneshot::Receiver<()>]) -> Vec<bool> {
        receivers.iter_mut().map(|receiver| receiver.try_recv().is_ok()).collect()
    }

    #[test]
    fn each_ready_task_wakes_the_one_that_waited_longest() {
        let (mut waiters, mut receivers) = waiting();
        waiters.wake(&mut [(1, 1), (3, 5)], lanes_of);
        assert_eq!(woken(&mut receivers), [true, false, false], "who is gone takes nothing");
        waiters.wake(&mut [(1, 2), (2, 1)], lanes_of);
        assert_eq!(woken(&mut receivers), [false, true, true]);
        assert!(waiters.is_empty());
    }

    #[test]
    fn who_left_is_dropped() {
        let (mut waiters, receivers) = waiting();
        drop(receivers);
        waiters.tidy();
        assert!(waiters.is_empty());
    }
}
