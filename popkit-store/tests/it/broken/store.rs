//! A task store over the engine, with a fault around it or in its tables.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use popkit_protocol::{
    Clock as _, Hold, ManualClock, NewTask, Requirement, ScoreMode, Task, TaskEvent, TaskId,
    TaskState, Timestamp,
};
use popkit_store::engine::{self, EngineState, Stand, Tables as _};
use popkit_store::{
    Beat, ChangeRequest, CountQuery, Heartbeat, HeartbeatReply, HistoryQuery, InsertOptions,
    Inserted, LaneRule, LaneStatus, MemoryStore, Page, PruneQuery, Result, StepReply, StepRequest,
    StoreCapabilities, TaskCounts, TaskQuery, TaskStore, Waiter, Wake, WakeReason,
};

use super::Fault;
use super::tables::Faulty;

#[derive(Debug)]
pub(super) struct BrokenStore {
    fault: Fault,
    clock: Arc<ManualClock>,
    state: Mutex<(EngineState, Timestamp)>,
}

impl BrokenStore {
    pub(super) fn new(fault: Fault, clock: Arc<ManualClock>) -> Self {
        Self { fault, clock, state: Mutex::new((EngineState::new(), Timestamp::EPOCH)) }
    }

    fn lock(&self) -> MutexGuard<'_, (EngineState, Timestamp)> {
        let mut data = self.state.lock().expect("no panic while it was locked");
        data.1 = data.1.max(self.clock.now());
        data
    }

    /// Gives finishes the half of the current pair that this store does not look at.
    fn forgive(&self, state: &mut EngineState, request: &mut StepRequest) {
        for one in &mut request.finish {
            let token = &mut one.token;
            let held = state.get(&token.task).and_then(|task| task.hold.clone());
            let Some(held) = held else { continue };
            match self.fault {
                Fault::FinishIgnoresTheFence => {
                    (token.fence, token.claim) = (held.fence, held.claim);
                }
                Fault::FinishIgnoresTheClaimId if token.fence == held.fence => {
                    token.claim = held.claim;
                }
                _ => {}
            }
        }
    }
}

/// Gives re-claimed tasks the fence of their last lease.
fn lower_fences(state: &mut EngineState, reply: &mut StepReply) -> Result<()> {
    for lease in &mut reply.leases {
        let Some(end) = lease.task.last_end else { continue };
        let before = Stand::of(&lease.task);
        lease.token.fence = end.fence;
        lease.task.fence = end.fence;
        if let Some(hold) = &mut lease.task.hold {
            hold.fence = end.fence;
        }
        state.replace(&before, &lease.task)?;
    }
    Ok(())
}

/// Gives rescued tasks back to the holder that fell silent.
fn revive(state: &mut EngineState, now: Timestamp, beat: &Heartbeat) -> Result<()> {
    for Beat { token, .. } in &beat.held {
        let Some(mut task) = state.find(&token.task)? else { continue };
        let before = Stand::of(&task);
        if task.state == TaskState::Pending {
            let holder = (beat.holder, "revived".try_into().expect("a valid id"));
            let until = now.after(beat.lease);
            task.state = TaskState::Active;
            task.hold = Some(Hold::new(holder, (token.fence, token.claim), until, beat.lease));
            state.replace(&before, &task)?;
        }
    }
    Ok(())
}

/// Lists whatever the holder holds.
fn list_all(state: &EngineState, beat: &mut Heartbeat) {
    for task in state.query(&TaskQuery::all()).items {
        let Some(hold) = task.hold.as_ref().filter(|hold| hold.holder == beat.holder) else {
            continue;
        };
        let (fence, claim) = (hold.fence, hold.claim);
        let token = popkit_protocol::LeaseToken { task: task.id().clone(), fence, claim };
        if !beat.held.iter().any(|one| one.token == token) {
            beat.held.push(Beat::new(token));
        }
    }
}

#[async_trait]
impl TaskStore for BrokenStore {
    fn backend(&self) -> &'static str {
        "broken"
    }

    fn capabilities(&self) -> StoreCapabilities {
        MemoryStore::new().capabilities()
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, _: InsertOptions) -> Result<Vec<Inserted>> {
        engine::check_insert(&batch)?;
        let (sound, now) = &mut *self.lock();
        let mut tables = Faulty { fault: self.fault, sound };
        let first_come = ScoreMode::Ageing { step: Duration::ZERO };
        let ignored = self.fault == Fault::PriorityIsIgnored;
        let mode = if ignored { first_come } else { ScoreMode::Strict };
        if self.fault == Fault::BatchInPieces {
            let mut answers = Vec::new();
            for task in batch {
                answers.extend(engine::insert(&mut tables, *now, mode, vec![task])?);
            }
            return Ok(answers);
        }
        engine::insert(&mut tables, *now, mode, batch)
    }

    async fn step(&self, mut request: StepRequest) -> Result<StepReply> {
        engine::check_step(&request)?;
        let (sound, now) = &mut *self.lock();
        self.forgive(sound, &mut request);
        // Ids are looked up for finishes too; that fault is about inserts.
        let fault = if self.fault == Fault::SameIdTwice { Fault::None } else { self.fault };
        let mut reply = engine::step(&mut Faulty { fault, sound }, *now, request)?;
        if self.fault == Fault::FenceIsNotRaised {
            lower_fences(sound, &mut reply)?;
        }
        Ok(reply)
    }

    async fn heartbeat(&self, mut beat: Heartbeat) -> Result<HeartbeatReply> {
        engine::check_heartbeat(&beat)?;
        let (sound, now) = &mut *self.lock();
        match self.fault {
            Fault::HeartbeatRevives => revive(sound, *now, &beat)?,
            Fault::HeartbeatRenewsAll => list_all(sound, &mut beat),
            _ => {}
        }
        engine::heartbeat(&mut Faulty { fault: self.fault, sound }, *now, beat)
    }

    async fn wait(&self, _: Waiter) -> Result<Wake> {
        Ok(Wake::hint(WakeReason::Ready))
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        let (sound, now) = &mut *self.lock();
        engine::change(sound, *now, ScoreMode::Strict, request)
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        let data = self.lock();
        Ok(ids.iter().map(|id| data.0.get(id).cloned()).collect())
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        Ok(self.lock().0.query(&query))
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        Ok(self.lock().0.counts(query.lanes))
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        Ok(self.lock().0.history(&query))
    }

    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        Ok(self.lock().0.prune(&query))
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        let (sound, _) = &mut *self.lock();
        engine::set_lane(&mut Faulty { fault: self.fault, sound }, &requirement, rule)
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        Ok(self.lock().0.lanes())
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
