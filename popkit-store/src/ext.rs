//! What users call: conveniences over the core traits.

use std::time::Duration;

use popkit_protocol::{
    HolderId, IdSource, Lease, NewTask, Outcome, Profile, RequestId, Task, TaskEvent, TaskId,
};

use crate::error::illegal;
use crate::{
    Action, ChangeRequest, Claim, Document, Error, ErrorKind, Finished, HistoryQuery,
    InsertOptions, Inserted, Result, SaveOptions, StateKey, StateStore, StepRequest, TaskStore,
    Version, Versioned,
};

/// Who a caller of [`TaskStoreExt`] is: one holder, one slot, one profile.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Claimant {
    /// The owner of its leases.
    pub holder: HolderId,
    /// What it offers.
    pub profile: Profile,
    /// How long its leases last.
    pub lease: Duration,
}

impl Claimant {
    /// A worker with a fresh holder and leases of 15 s.
    #[must_use]
    pub fn new(ids: &dyn IdSource, profile: Profile) -> Self {
        Self { holder: ids.holder(), profile, lease: Duration::from_secs(15) }
    }

    /// With leases of this length.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// A step of its slot 0 that does nothing yet.
    #[must_use]
    pub fn step(&self, ids: &dyn IdSource) -> StepRequest {
        StepRequest::new(self.holder, 0, ids.request())
    }

    /// A claim of up to `max` tasks.
    #[must_use]
    pub fn wants(&self, max: usize, ids: &dyn IdSource) -> Claim {
        Claim::new(self.profile.clone(), max, self.lease, ids)
    }
}

/// Conveniences for users of a task store; implementors get them for nothing.
///
/// Each is one call of [`TaskStore`]. Ids come from the operating system's randomness.
pub trait TaskStoreExt: TaskStore {
    /// Accepts one task.
    fn insert(&self, task: NewTask) -> impl Future<Output = Result<Inserted>> + Send {
        async move {
            let answers = self.insert_opts(vec![task], InsertOptions::default()).await?;
            answers.into_iter().next().ok_or_else(|| {
                Error::new(ErrorKind::Unexpected, "no answer for the task")
                    .at(self.backend(), "insert")
            })
        }
    }

    /// Accepts a batch.
    fn insert_many(
        &self,
        batch: Vec<NewTask>,
    ) -> impl Future<Output = Result<Vec<Inserted>>> + Send {
        async move { self.insert_opts(batch, InsertOptions::default()).await }
    }

    /// Claims the next task, if there is one.
    fn claim(&self, claimant: &Claimant) -> impl Future<Output = Result<Option<Lease>>> + Send {
        async move {
            let ids = popkit_protocol::RandomIds;
            let request = claimant.step(&ids).with_claim(claimant.wants(1, &ids));
            Ok(self.step(request).await?.leases.into_iter().next())
        }
    }

    /// Ends a lease.
    ///
    /// # Errors
    ///
    /// `LeaseLost` and `IllegalTransition`, besides those of a step: here a refusal is an
    /// error.
    fn finish(
        &self,
        claimant: &Claimant,
        lease: &Lease,
        outcome: Outcome,
    ) -> impl Future<Output = Result<()>> + Send {
        async move {
            self.finish_and_claim(claimant, lease, outcome, 0).await?;
            Ok(())
        }
    }

    /// Ends a lease and claims up to `max` tasks, in one step.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    fn finish_and_claim(
        &self,
        claimant: &Claimant,
        lease: &Lease,
        outcome: Outcome,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Lease>>> + Send {
        async move {
            let ids = popkit_protocol::RandomIds;
            let mut request = claimant.step(&ids).with_finish(lease.token.clone(), outcome);
            if max > 0 {
                request = request.with_claim(claimant.wants(max, &ids));
            }
            let reply = self.step(request).await?;
            let at = |error: Error| Err(error.at(self.backend(), "finish"));
            match reply.finished.into_iter().next() {
                Some(Finished::Lost(lost)) => {
                    at(Error::new(ErrorKind::LeaseLost, lost.to_string()))
                }
                Some(Finished::Refused(refusal)) => {
                    at(illegal(&refusal).with("task", &lease.token.task))
                }
                _ => Ok(reply.leases),
            }
        }
    }

    /// The task with this id.
    fn get(&self, id: &TaskId) -> impl Future<Output = Result<Option<Task>>> + Send {
        async move { Ok(self.get_many(std::slice::from_ref(id)).await?.into_iter().flatten().next()) }
    }

    /// Cancels a task, in the name of `by`.
    fn cancel(
        &self,
        id: &TaskId,
        by: &str,
        reason: Option<String>,
    ) -> impl Future<Output = Result<Task>> + Send {
        async move { self.change(ChangeRequest::new(id.clone(), Action::Cancel { reason }, by)).await }
    }

    /// All events of one task.
    fn events_of(&self, id: &TaskId) -> impl Future<Output = Result<Vec<TaskEvent>>> + Send {
        async move {
            let mut query = HistoryQuery::of(id.clone());
            let mut events = Vec::new();
            loop {
                let page = self.history(query.clone()).await?;
                events.extend(page.items);
                let Some(next) = page.next else { return Ok(events) };
                query.page = query.page.after(next);
            }
        }
    }

    /// The name of one step, for a caller that repeats it by hand.
    fn new_request(&self) -> RequestId {
        popkit_protocol::RandomIds.request()
    }
}

impl<T: TaskStore + ?Sized> TaskStoreExt for T {}

/// Conveniences for users of a document store.
pub trait StateStoreExt: StateStore {
    /// Writes a text document, whatever is there.
    fn save_text(
        &self,
        key: &StateKey,
        text: &str,
    ) -> impl Future<Output = Result<Version>> + Send {
        async move { self.save(key, Document::text(text.to_owned()), SaveOptions::default()).await }
    }

    /// The text of a document; `None` where there is none.
    ///
    /// # Errors
    ///
    /// `Conflict` where it has another shape, `Corrupt` where it is no UTF-8.
    fn load_text(
        &self,
        key: &StateKey,
    ) -> impl Future<Output = Result<Option<Versioned<String>>>> + Send {
        async move {
            let Some(found) = self.load(key).await? else { return Ok(None) };
            let Document::Text(bytes) = found.value else {
                let message = "the document is no text";
                return Err(Error::new(ErrorKind::Conflict, message).with("key", key));
            };
            match String::from_utf8(bytes.to_vec()) {
                Ok(text) => Ok(Some(Versioned::new(found.version, text))),
                Err(error) => Err(Error::new(ErrorKind::Corrupt, "the document is no UTF-8")
                    .with("key", key)
                    .with_source(error)),
            }
        }
    }
}

impl<T: StateStore + ?Sized> StateStoreExt for T {}
