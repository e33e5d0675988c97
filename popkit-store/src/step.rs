//! Requests and replies of the task path.

use std::fmt;
use std::time::Duration;

use popkit_protocol::{
    AgentId, ClaimId, HolderId, IdSource, Json, Lease, LeaseToken, Outcome, Profile, Progress,
    RequestId, TaskId, TaskState, TransitionError,
};

/// One atomic step: "these are finished, give me the next n".
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StepRequest {
    /// Who asks.
    pub holder: HolderId,
    /// Which of its slots. One step is in flight per slot; the store keeps one reply per
    /// slot, to answer a repeat.
    pub slot: u32,
    /// The name of this step. A repeat with the same id is answered with the first reply.
    pub request: RequestId,
    /// What is finished, at most [`limits::STEP`](popkit_protocol::limits::STEP).
    pub finish: Vec<Finish>,
    /// What is wanted.
    pub claim: Option<Claim>,
}

impl StepRequest {
    /// A step that does nothing yet.
    #[must_use]
    pub fn new(holder: HolderId, slot: u32, request: RequestId) -> Self {
        Self { holder, slot, request, finish: Vec::new(), claim: None }
    }

    /// With a finished task.
    #[must_use]
    pub fn with_finish(mut self, token: LeaseToken, outcome: Outcome) -> Self {
        self.finish.push(Finish { token, outcome });
        self
    }

    /// With a claim.
    #[must_use]
    pub fn with_claim(mut self, claim: Claim) -> Self {
        self.claim = Some(claim);
        self
    }
}

/// One finished task.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finish {
    /// The proof.
    pub token: LeaseToken,
    /// How it ended.
    pub outcome: Outcome,
}

/// What an agent wants.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Claim {
    /// What it offers.
    pub profile: Profile,
    /// How long the leases last: 10 ms to 24 h.
    pub lease: Duration,
    /// One id per wanted task, drawn by the caller; their number is the number of tasks
    /// wanted.
    pub ids: Vec<ClaimId>,
}

impl Claim {
    /// A claim of up to `max` tasks.
    #[must_use]
    pub fn new(profile: Profile, max: usize, lease: Duration, ids: &dyn IdSource) -> Self {
        Self { profile, lease, ids: (0..max).map(|_| ids.claim()).collect() }
    }
}

/// The answer to a step.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct StepReply {
    /// One answer per finished task, in the order of the request.
    pub finished: Vec<Finished>,
    /// The claimed tasks, first first; empty when there is nothing to do.
    pub leases: Vec<Lease>,
    /// When the store next has something to promote or rescue. An idle caller need not
    /// sleep longer.
    pub next_due: Option<Duration>,
}

/// What became of one finish.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finished {
    /// Accepted; the task is in this state now.
    Accepted(TaskState),
    /// The lease is no longer held: nothing changed.
    Lost(LeaseLost),
    /// The state of the task does not allow it: nothing changed.
    Refused(TransitionError),
}

impl Finished {
    /// Whether it was accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

/// A write under a lease that is no longer held. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseLost {
    /// The task.
    pub task: TaskId,
    /// Where it stands now; `None` where the store does not know it (any more).
    pub state: Option<TaskState>,
    /// Who holds it now.
    pub held_by: Option<AgentId>,
    /// The attempt it is in.
    pub attempt: u32,
}

impl LeaseLost {
    /// The task is not there.
    #[must_use]
    pub fn unknown(task: TaskId) -> Self {
        Self { task, state: None, held_by: None, attempt: 0 }
    }

    /// Whether the lease was lost because the task was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state == Some(TaskState::Cancelled)
    }
}

impl fmt::Display for LeaseLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the lease of task {} is lost", self.task)?;
        match (&self.held_by, self.state) {
            (Some(agent), _) => write!(f, ": {agent} holds it now (attempt {})", self.attempt),
            (None, Some(state)) => write!(f, ": it is {state} now"),
            (None, None) => f.write_str(": there is no such task"),
        }
    }
}

/// A sign of life of one holder, for all its tasks.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Heartbeat {
    /// Who.
    pub holder: HolderId,
    /// The leases last this long from now: 10 ms to 24 h.
    pub lease: Duration,
    /// What it holds. Only what is listed is renewed.
    pub held: Vec<Beat>,
}

impl Heartbeat {
    /// A heartbeat that renews nothing yet.
    #[must_use]
    pub fn new(holder: HolderId, lease: Duration) -> Self {
        Self { holder, lease, held: Vec::new() }
    }

    /// With a task to renew.
    #[must_use]
    pub fn with(mut self, beat: Beat) -> Self {
        self.held.push(beat);
        self
    }
}

/// One task of a heartbeat.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Beat {
    /// The proof.
    pub token: LeaseToken,
    /// How far it is, where there is news. Makes an assigned task active.
    pub progress: Option<Progress>,
    /// Where a next attempt can go on from, where there is news; at most 256 KiB.
    pub checkpoint: Option<Json>,
}

impl Beat {
    /// Renew and nothing else.
    #[must_use]
    pub fn new(token: LeaseToken) -> Self {
        Self { token, progress: None, checkpoint: None }
    }

    /// With progress.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// With a checkpoint.
    #[must_use]
    pub fn with_checkpoint(mut self, checkpoint: Json) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct HeartbeatReply {
    /// The tasks whose lease runs on, with their state: a pause that ended shows here.
    pub renewed: Vec<(TaskId, TaskState)>,
    /// The leases that are gone, by rescue or cancellation: stop working on these.
    pub lost: Vec<LeaseLost>,
    /// When the store next has something to promote or rescue.
    pub next_due: Option<Duration>,
}

/// An agent with nothing to do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Waiter {
    /// Who.
    pub holder: HolderId,
    /// Which of its slots.
    pub slot: u32,
    /// What it wants; a backend with hand-off claims by this.
    pub claim: Claim,
    /// How long at most.
    pub timeout: Duration,
}

impl Waiter {
    /// Waits for work that `claim` would get.
    #[must_use]
    pub fn new(holder: HolderId, slot: u32, claim: Claim, timeout: Duration) -> Self {
        Self { holder, slot, claim, timeout }
    }
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WakeReason {
    /// There may be work: step now. A hint; another agent may be faster.
    Ready,
    /// The work came along.
    HandOff,
    /// The time is up.
    Timeout,
}

/// The end of a wait.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Wake {
    /// Why.
    pub reason: WakeReason,
    /// Leases that were handed off. Renew them at once: when the lease began is unknown.
    pub leases: Vec<Lease>,
}

impl Wake {
    /// A wake-up without leases.
    #[must_use]
    pub fn hint(reason: WakeReason) -> Self {
        Self { reason, leases: Vec::new() }
    }
}
