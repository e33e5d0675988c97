//! The one object an agent talks to while it works on a task.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Fence, HolderId, IdSource, Json, Lease, LeaseToken, Outcome, Progress, Task, TaskId, TaskState,
};
use popkit_store::{Finished, OutcomeKind, StepRequest, TaskStore};
use serde::Serialize;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::held::Held;
use super::worker::Telling;
use super::{AgentHandle, StopReason, TaskError};

/// The wait before a pause that was not answered is tried again.
const PAUSE_AGAIN: Duration = Duration::from_millis(200);

/// The attempt an agent works on: the task, the lease, and the ways to report.
///
/// Clones are the same attempt.
#[derive(Debug, Clone)]
pub struct TaskContext(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    lease: Lease,
    held: Arc<Held>,
    link: Link,
    telling: Option<Telling>,
}

/// Where the reports of an attempt go.
#[derive(Debug)]
enum Link {
    Store {
        store: Arc<dyn TaskStore>,
        holder: HolderId,
        slot: u32,
        ids: Arc<dyn IdSource>,
    },
    /// A test's: nowhere.
    Detached {
        parents: Vec<Task>,
    },
}

impl TaskContext {
    pub(crate) fn new(
        lease: Lease,
        held: Arc<Held>,
        store: Arc<dyn TaskStore>,
        (holder, slot): (HolderId, u32),
        ids: Arc<dyn IdSource>,
        telling: Option<Telling>,
    ) -> Self {
        let link = Link::Store { store, holder, slot, ids };
        Self(Arc::new(Inner { lease, held, link, telling }))
    }

    /// A context without a store, to test an agent alone: reports are accepted and
    /// forgotten, `parents` are what [`TaskContext::parents`] answers.
    #[must_use]
    pub fn detached(task: Task, parents: Vec<Task>) -> Self {
        let token = LeaseToken {
            task: task.id().clone(),
            fence: task.fence,
            claim: popkit_protocol::ClaimId::from_bits(0),
        };
        let far = Duration::from_secs(24 * 3600);
        let kick = Arc::new(Notify::new());
        let deadline = Instant::now() + far;
        let held = Held::new(token.clone(), TaskState::Assigned, deadline, None, kick);
        Self(Arc::new(Inner {
            lease: Lease::new(token, task, far),
            held: Arc::new(held),
            link: Link::Detached { parents },
            telling: None,
        }))
    }

    /// Stops a detached context's attempt, as a worker would.
    pub fn stop_detached(&self, reason: StopReason) {
        if matches!(self.0.link, Link::Detached { .. }) {
            self.0.held.stop(reason);
        }
    }

    /// The task, as it was claimed.
    #[must_use]
    pub fn task(&self) -> &Task {
        &self.0.lease.task
    }

    /// The task's name.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        self.task().id()
    }

    /// The number to give to outside resources, so that they can refuse older writers.
    #[must_use]
    pub fn fence(&self) -> Fence {
        self.0.lease.token.fence
    }

    /// The proof that this attempt holds the task.
    #[must_use]
    pub fn token(&self) -> &LeaseToken {
        &self.0.lease.token
    }

    /// The number of this attempt, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.task().attempt
    }

    /// A key for outside services that remove duplicates: `{task}:{attempt}`. It may occur
    /// again after a snooze or a release, which count no attempt.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("{}:{}", self.id(), self.attempt())
    }

    /// What is left of the time this process may work on the task, unless the next
    /// heartbeat extends it.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.0.held.deadline().saturating_duration_since(Instant::now())
    }

    /// Reports progress (0.0 to 1.0) with the next heartbeat, which is sent soon. The last
    /// of several reports counts.
    ///
    /// # Errors
    ///
    /// [`TaskError::Stopped`] once the attempt has to stop: `?` ends the handler then.
    #[expect(clippy::unused_async, reason = "so that it can wait for the store one day")]
    pub async fn progress(&self, fraction: f64, note: &str) -> Result<(), TaskError> {
        self.check()?;
        if let Some(telling) = &self.0.telling {
            telling.progress(self.token(), fraction);
        }
        self.0.held.report(Some(Progress::new(fraction, note)), None);
        Ok(())
    }

    /// Saves a point from which the next attempt can go on, with the next heartbeat. It is
    /// read back from `task().checkpoint`.
    ///
    /// # Errors
    ///
    /// [`TaskError::Stopped`]; [`TaskError::Retry`] where the value has no JSON form or is
    /// beyond 256 KiB.
    #[expect(clippy::unused_async, reason = "so that it can wait for the store one day")]
    pub async fn checkpoint<T: Serialize + ?Sized + Sync>(
        &self,
        value: &T,
    ) -> Result<(), TaskError> {
        self.check()?;
        let value = Json::encode(value)?;
        popkit_protocol::limits::check_body("checkpoint size", &value)?;
        self.0.held.report(None, Some(value));
        Ok(())
    }

    /// Pauses the task and waits for a decision: an operator's resume. The lease is kept
    /// and renewed meanwhile. The task's timeout is of the whole attempt: it runs on during
    /// the pause.
    ///
    /// # Errors
    ///
    /// [`TaskError::Stopped`] where the attempt has to stop before that;
    /// [`TaskError::Retry`] where the store refuses; one that cannot be reached is waited for.
    ///
    /// # Cancel safety
    ///
    /// Dropped after the pause was written, the task stays paused until resumed.
    pub async fn pause(&self, reason: &str) -> Result<(), TaskError> {
        self.check()?;
        let Link::Store { store, holder, slot, ids } = &self.0.link else { return Ok(()) };
        let outcome = Outcome::Pause { reason: Some(reason.to_owned()) };
        let request = StepRequest::new(*holder, *slot, ids.request())
            .with_finish(self.token().clone(), outcome);
        let reply = loop {
            match store.step(request.clone()).await {
                Ok(reply) => break reply,
                // Under its request id it is safe to repeat, and an unknown outcome must not
                // end the attempt.
                Err(error) if error.is_retryable() || error.outcome() == OutcomeKind::Unknown => {
                    tracing::warn!(%error, task = %self.id(), "pausing failed, trying again");
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE_AGAIN) => {}
                        reason = self.stopped() => return Err(TaskError::Stopped(reason)),
                    }
                }
                Err(error) => return Err(error.into()),
            }
        };
        match reply.finished.first() {
            Some(Finished::Accepted(_)) => {}
            Some(Finished::Refused(refusal)) => return Err(TaskError::from(*refusal)),
            Some(Finished::Lost(lost)) if lost.is_cancelled() => {
                self.0.held.stop(StopReason::Cancelled);
            }
            _ => self.0.held.stop(StopReason::LeaseLost),
        }
        self.0.held.paused();
        tokio::select! {
            () = self.0.held.leaves(TaskState::Paused) => Ok(()),
            reason = self.stopped() => Err(TaskError::Stopped(reason)),
        }
    }

    /// The power session of the worker, where it belongs to one.
    #[must_use]
    pub fn session(&self) -> Option<&AgentHandle> {
        self.0.telling.as_ref().map(|telling| &telling.session)
    }

    /// The parents of the task as they are now, in the order of its needs; those that were
    /// pruned are left out.
    ///
    /// # Errors
    ///
    /// [`TaskError::Retry`] where the store fails.
    pub async fn parents(&self) -> Result<Vec<Task>, TaskError> {
        match &self.0.link {
            Link::Detached { parents } => Ok(parents.clone()),
            Link::Store { store, .. } => {
                let needs = &self.task().spec.needs;
                let ids: Vec<TaskId> = needs.iter().map(|need| need.task.clone()).collect();
                Ok(store.get_many(&ids).await?.into_iter().flatten().collect())
            }
        }
    }

    /// Completes when the attempt has to stop.
    pub async fn stopped(&self) -> StopReason {
        self.0.held.stopped().await
    }

    /// Whether, and why, the attempt has to stop.
    #[must_use]
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.0.held.stop_reason()
    }

    fn check(&self) -> Result<(), TaskError> {
        self.stop_reason().map_or(Ok(()), |reason| Err(TaskError::Stopped(reason)))
    }
}
