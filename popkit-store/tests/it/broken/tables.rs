//! The engine's tables with a fault in them.

use std::sync::Arc;

use popkit_protocol::{
    EdgePolicy, HolderId, Kinds, Profile, Requirement, Score, Task, TaskEvent, TaskId, Timestamp,
    UniqueKey,
};
use popkit_store::engine::{EngineState, Replay, Stand, Tables};
use popkit_store::{LaneRule, LaneStatus, Result};

use super::Fault;

#[derive(Debug)]
pub(super) struct Faulty<'a> {
    pub(super) fault: Fault,
    pub(super) sound: &'a mut EngineState,
}

impl Tables for Faulty<'_> {
    fn reserve(&mut self, count: u64) -> Result<u64> {
        self.sound.reserve(count)
    }

    fn find(&mut self, id: &TaskId) -> Result<Option<Task>> {
        if self.fault == Fault::SameIdTwice {
            return Ok(None);
        }
        self.sound.find(id)
    }

    fn by_seq(&mut self, seq: u64) -> Result<Option<Task>> {
        let mut task = self.sound.by_seq(seq)?;
        if let Some(task) = &mut task {
            match (self.fault, &mut task.hold) {
                (Fault::RescueAtFirstLook, Some(hold)) => hold.suspect = true,
                (Fault::ReleasedByTheFirstParent, _) => {
                    task.open_parents = task.open_parents.min(1);
                }
                _ => {}
            }
        }
        Ok(task)
    }

    fn open_with(&mut self, key: &UniqueKey) -> Result<Option<TaskId>> {
        if self.fault == Fault::SameKeyTwice {
            return Ok(None);
        }
        self.sound.open_with(key)
    }

    fn create(&mut self, task: &Task) -> Result<()> {
        self.sound.create(task)
    }

    fn replace(&mut self, before: &Stand, task: &Task) -> Result<()> {
        self.sound.replace(before, task)
    }

    fn append(&mut self, seq: u64, event: TaskEvent) -> Result<()> {
        // Kinds that every sequence of operations has.
        let dropped = matches!(event.change.name(), "claimed" | "retried");
        if self.fault == Fault::EventIsDropped && dropped {
            return Ok(());
        }
        self.sound.append(seq, event)
    }

    fn link(&mut self, parent: u64, child: u64, policy: EdgePolicy) -> Result<()> {
        self.sound.link(parent, child, policy)
    }

    fn unlink(&mut self, parent: u64, child: u64) -> Result<()> {
        self.sound.unlink(parent, child)
    }

    fn edges(
        &mut self,
        parent: u64,
        blocking: bool,
        limit: usize,
    ) -> Result<Vec<(u64, EdgePolicy)>> {
        self.sound.edges(parent, blocking, limit)
    }

    fn defer(&mut self, parent: u64) -> Result<()> {
        if self.fault == Fault::ReleasesAreForgotten {
            return Ok(());
        }
        self.sound.defer(parent)
    }

    fn undefer(&mut self, parent: u64) -> Result<()> {
        self.sound.undefer(parent)
    }

    fn deferred(&mut self) -> Result<Option<u64>> {
        self.sound.deferred()
    }

    fn register(&mut self, requirement: &Requirement) -> Result<()> {
        self.sound.register(requirement)
    }

    fn set_rule(&mut self, requirement: &Requirement, mut rule: LaneRule) -> Result<()> {
        match self.fault {
            Fault::PauseIsIgnored => rule.paused = false,
            Fault::LimitIsIgnored => rule.limit = None,
            Fault::OneTooMany => rule.limit = rule.limit.map(|limit| limit.saturating_add(1)),
            _ => {}
        }
        self.sound.set_rule(requirement, rule)
    }

    fn lane(&mut self, requirement: &Requirement) -> Result<LaneStatus> {
        self.sound.lane(requirement)
    }

    fn eligible(&mut self, profile: &Profile) -> Result<Arc<[u32]>> {
        if self.fault == Fault::KindIsIgnored {
            let able = profile.capabilities().iter().cloned();
            let any = Profile::new(profile.agent().clone(), Kinds::Any, able);
            return self.sound.eligible(&any);
        }
        self.sound.eligible(profile)
    }

    fn head(&mut self, lane: u32) -> Result<Option<Score>> {
        self.sound.head(lane)
    }

    fn timers(&mut self, now: Timestamp, limit: usize) -> Result<Vec<u64>> {
        self.sound.timers(now, limit)
    }

    fn next_timer(&mut self) -> Result<Option<Timestamp>> {
        Tables::next_timer(self.sound)
    }

    fn replay(&mut self, holder: HolderId, slot: u32) -> Result<Option<Replay>> {
        if self.fault == Fault::RepeatRunsAgain {
            return Ok(None);
        }
        self.sound.replay(holder, slot)
    }

    fn remember(&mut self, holder: HolderId, slot: u32, replay: Replay) -> Result<()> {
        self.sound.remember(holder, slot, replay)
    }
}
