//! What came out, and what it cost.

use popkit_protocol::message::ResultMessage;
use popkit_protocol::{Envelope, Message, MessageId, Object, Party, TaskId};

use crate::agent::handle::{AgentError, AgentHandle, Report};
use crate::request::Request;

impl AgentHandle {
    /// Says what came out of a phase, from 0. The agent's part of it is done then, and it
    /// works on nothing until it is told of the next one.
    ///
    /// # Errors
    ///
    /// [`AgentError::Content`] for a report that is nested too deep; [`AgentError::Post`],
    /// [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, it is said or not. A second report is kept beside the first.
    pub async fn report(&self, phase: u32, report: Report) -> Result<MessageId, AgentError> {
        let envelope = self.phase_report(phase, report)?;
        self.say(&envelope).await?;
        self.rests();
        Ok(envelope.id)
    }

    /// Says what came out of a task.
    ///
    /// # Errors
    ///
    /// As [`report`](Self::report).
    ///
    /// # Cancel safety
    ///
    /// As [`report`](Self::report).
    pub async fn result(&self, task: &TaskId, report: Report) -> Result<MessageId, AgentError> {
        let envelope = self.task_result(task, report)?;
        self.say(&envelope).await?;
        Ok(envelope.id)
    }

    /// The message of [`report`](Self::report): said again it counts once.
    pub(crate) fn phase_report(&self, phase: u32, report: Report) -> Result<Envelope, AgentError> {
        Ok(self.outcome(report.into_body()?.with_extension("phase", &phase)?))
    }

    /// The message of [`result`](Self::result): said again it counts once.
    pub(crate) fn task_result(
        &self,
        task: &TaskId,
        report: Report,
    ) -> Result<Envelope, AgentError> {
        Ok(self.outcome(report.into_body()?.with_extension("task_id", task)?))
    }

    fn outcome(&self, body: Object) -> Envelope {
        self.core().envelope(Party::Coordinator, Message::Result(ResultMessage::new(body)))
    }

    /// Says something as it is, under its id.
    pub(crate) async fn say(&self, envelope: &Envelope) -> Result<(), AgentError> {
        self.core().send(envelope).await.map(drop)
    }

    /// Says what the agent has used since it last said so: tokens, and millionths of the
    /// currency. A [`Report`] says the same; what both say counts twice.
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`], [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, it is said or not.
    pub async fn spent(&self, tokens: u64, cost_micros: u64) -> Result<(), AgentError> {
        self.core().request(Request::Spent { tokens, cost_micros }).await.map(drop)
    }
}
