//! Questions to a person.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use popkit_protocol::message::HumanRequired;
use popkit_protocol::text::clean;
use popkit_protocol::{Message, Party};
use tokio::time::Instant;

use crate::agent::handle::mail::Item;
use crate::agent::handle::{AgentError, AgentHandle, Order, Ruling};

/// How long the coordinator has, beyond the life of a question, to say that nobody decided.
const GRACE: Duration = Duration::from_secs(30);
/// A question lives for a second at least.
const SHORTEST: Duration = Duration::from_secs(1);
/// Bytes of a question that the coordinator repeats.
const QUESTION: usize = 4096;

impl AgentHandle {
    /// Asks a person and waits for the decision. Silence is a no: nobody decides within this
    /// time, nobody is there, the session is over. What a yes allows is the exact action that
    /// the question names.
    ///
    /// While it waits the agent [is paused](Self::is_paused) and its heartbeats go on.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next), and [`AgentError::Post`]: then nothing is allowed.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the question may have been asked; the decision comes by [`next`](Self::next),
    /// as [`Order::Resume`] or [`Order::Abort`].
    pub async fn decide(
        &self,
        question: HumanRequired,
        patience: Duration,
    ) -> Result<Ruling, AgentError> {
        let core = self.core();
        let text = clean(&question.decision_needed, QUESTION).into_owned();
        let ask = core.envelope(Party::Human, Message::HumanRequired(question));
        let ask = ask.with_ttl(patience.max(SHORTEST));
        let decision = Arc::new(OnceLock::new());
        let taken_up = Arc::clone(&decision);
        let claim = core.claim(move |item| is_about(item, &text, taken_up.get()));
        let deadline = Instant::now() + patience.min(Duration::MAX / 4) + GRACE;
        core.send(&ask).await?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match claim.within(left).await {
                Ok(Some(Order::Pause { decision: id, .. })) => {
                    // Set once: it is asked for only until then.
                    let _ = decision.set(id);
                }
                Ok(Some(Order::Resume(ruling) | Order::Abort(ruling))) => return Ok(ruling),
                Err(AgentError::Ended { how }) => {
                    return Ok(Ruling::none(decision.get().cloned(), &how));
                }
                Ok(_) => {
                    let notes = "nobody has decided in time";
                    return Ok(Ruling::none(decision.get().cloned(), notes));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether something is about a question: under its decision, once that is known, else by its
/// text. A no about nothing that is known counts, too; a yes never.
fn is_about(item: &Item, text: &str, decision: Option<&String>) -> bool {
    match (&item.order, decision) {
        (Order::Resume(ruling) | Order::Abort(ruling), Some(id)) => {
            ruling.decision.as_ref() == Some(id)
        }
        (Order::Pause { reason, .. }, None) => reason == text,
        (Order::Resume(_), None) => item.ends.as_deref() == Some(text),
        (Order::Abort(_), None) => item.ends.as_deref().is_none_or(|reason| reason == text),
        _ => false,
    }
}
