//! Questions to other agents, and answers.

use std::time::Duration;

use popkit_protocol::{AgentId, Message, Object, Party};

use crate::agent::handle::model::REPLY_TO;
use crate::agent::handle::{AgentError, AgentHandle, Answer, Order, Question};

/// A question lives for a second at least.
const SHORTEST: Duration = Duration::from_secs(1);

impl AgentHandle {
    /// Asks another agent and waits for its answer; `None` where none comes within this time,
    /// after which the question counts no more.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next), and [`AgentError::Post`]; [`AgentError::Ended`] where the
    /// session is over.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the question may have been asked; its answer comes by [`next`](Self::next).
    pub async fn ask(
        &self,
        agent: &AgentId,
        question: Object,
        patience: Duration,
    ) -> Result<Option<Answer>, AgentError> {
        let core = self.core();
        let to = Party::Agent(agent.clone());
        let query = core.envelope(to.clone(), Message::Query(question));
        let query = query.with_ttl(patience.max(SHORTEST));
        let id = query.id.clone();
        let claim = core.claim(move |item| match &item.order {
            Order::Answer(answer) => answer.question.as_ref() == Some(&id) && answer.from == to,
            _ => false,
        });
        core.send(&query).await?;
        Ok(match claim.within(patience).await? {
            Some(Order::Answer(answer)) => Some(answer),
            _ => None,
        })
    }

    /// Answers a question.
    ///
    /// # Errors
    ///
    /// [`AgentError::Content`] where the answer is nested too deep; [`AgentError::Post`],
    /// [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, it is answered or not. The second answer to a question is not waited for.
    pub async fn answer(&self, question: &Question, answer: Object) -> Result<(), AgentError> {
        let body = answer.with_extension(REPLY_TO, &question.id)?;
        let core = self.core();
        let envelope = core.envelope(question.from.clone(), Message::Response(body));
        core.send(&envelope).await.map(drop)
    }
}
