//! Doing something about a blocker.

use popkit_protocol::{Party, TaskId};
use popkit_store::{Action, ChangeRequest, ErrorKind, Result};

use super::Resolution;
use super::blocker::Decided;
use super::monitor::Monitor;
use super::report::{Unsent, escalation};

/// What has become of a blocker that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolved {
    /// It is done with.
    Done,
    /// The next turn looks again.
    Later,
    /// So it does; and a transport that hangs would keep this turn from its end if it were
    /// asked once more.
    Hangs,
}

impl Resolved {
    fn done(is_done: bool) -> Self {
        if is_done { Self::Done } else { Self::Later }
    }
}

impl Monitor {
    /// Does what was decided.
    pub(super) async fn resolve(
        &mut self,
        decided: &Decided,
        cancelled: &[(TaskId, u64)],
    ) -> Result<Resolved> {
        let blocker = &decided.blocker;
        match decided.resolution {
            Some(Resolution::Requeue { .. }) => {
                let (id, revision) = (blocker.task.id(), blocker.task.revision);
                let done = self.change(id, revision, Action::Requeue).await?;
                if done == Some(true) {
                    self.tally.requeued += 1;
                    tracing::info!(task = %id, cause = %blocker.cause, "put back");
                }
                Ok(Resolved::done(done.is_some()))
            }
            Some(Resolution::CancelDependants) => {
                self.cancel(decided, cancelled).await.map(Resolved::done)
            }
            Some(Resolution::Escalate) => Ok(self.escalate(decided).await),
            Some(Resolution::Ignore) | None => Ok(Resolved::Done),
        }
    }

    /// Makes one change under the revision that was seen. `Some(false)`: the task allows it
    /// no more, or is gone; `None`: it has changed since, and has to be looked at again.
    async fn change(&self, id: &TaskId, revision: u64, action: Action) -> Result<Option<bool>> {
        let by = self.supervisor.name.as_str();
        let request = ChangeRequest::new(id.clone(), action, by).at_revision(revision);
        match self.supervisor.store.change(request).await {
            Ok(_) => Ok(Some(true)),
            Err(error) => match error.kind() {
                ErrorKind::Conflict => Ok(None),
                ErrorKind::NotFound | ErrorKind::IllegalTransition => Ok(Some(false)),
                _ => Err(error),
            },
        }
    }

    async fn cancel(&mut self, decided: &Decided, tasks: &[(TaskId, u64)]) -> Result<bool> {
        let blocker = &decided.blocker;
        let mut all = true;
        for (id, revision) in tasks {
            let reason = if id == blocker.task.id() {
                format!("it {}", blocker.cause)
            } else {
                format!("it waits for task {}, which {}", blocker.task.id(), blocker.cause)
            };
            let action = Action::Cancel { reason: Some(reason) };
            match self.change(id, *revision, action).await? {
                Some(done) => self.tally.cancelled += u64::from(done),
                None => all = false,
            }
        }
        Ok(all)
    }

    /// Asks a person.
    async fn escalate(&mut self, decided: &Decided) -> Resolved {
        let blocker = &decided.blocker;
        let now = self.supervisor.clock.now();
        let sent = match &self.supervisor.voice {
            Some(voice) => voice.say(now, Party::Human, escalation(blocker)).await,
            None => Ok(()),
        };
        match sent {
            Ok(()) => {
                self.tally.escalated += 1;
                // Without its error: a log is no place for text of agents.
                tracing::warn!(task = %blocker.task.id(), cause = %blocker.cause, "a person has to look");
            }
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, "nobody was asked yet, trying again");
                return if matches!(error, Unsent::Late) {
                    Resolved::Hangs
                } else {
                    Resolved::Later
                };
            }
            Err(error) => {
                self.tally.unsent += 1;
                tracing::error!(%error, "nobody could be asked");
            }
        }
        Resolved::Done
    }
}
