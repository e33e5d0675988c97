//! Questions to a person.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use popkit_protocol::message::HumanRequired;
use popkit_protocol::text::clean;
use popkit_protocol::{AgentId, Approval, Message, MessageId, Party};
use popkit_store::{Document, StateKey, StateStore};
use tokio::time::{Instant, sleep};

use crate::agent::handle::mail::Item;
use crate::agent::handle::{AgentError, AgentHandle, Order, Ruling};

/// How long the coordinator has, beyond the life of a question, to say that nobody decided.
const GRACE: Duration = Duration::from_secs(30);
/// A question lives for a second at least.
const SHORTEST: Duration = Duration::from_secs(1);
/// How long the coordinator has to write down a yes that it has told of.
const WRITTEN: Duration = Duration::from_secs(10);
/// The rest between two looks for it.
const LOOK: Duration = Duration::from_millis(200);
/// Bytes of a question that the coordinator repeats.
const QUESTION: usize = 4096;

impl AgentHandle {
    /// Asks a person and waits for the decision. Silence is a no: nobody decides within this
    /// time, nobody is there, the session is over. What a yes allows is the exact action that
    /// the question names.
    ///
    /// Whoever can send messages can send a yes, so a yes counts only where the document
    /// `approval:{decision}` says the same about this very question; where it does not within
    /// 10 s, or cannot be read, the answer is no.
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
    /// as [`Order::Resume`] or [`Order::Abort`]. Dropped while a yes is looked up, the decision
    /// is lost: nothing is allowed.
    pub async fn decide(
        &self,
        question: HumanRequired,
        patience: Duration,
    ) -> Result<Ruling, AgentError> {
        let core = self.core();
        let text = clean(&question.decision_needed, QUESTION).into_owned();
        let action = question.decision_needed.clone();
        let ask = core.envelope(Party::Human, Message::HumanRequired(question));
        let ask = ask.with_ttl(patience.max(SHORTEST));
        let decision = Arc::new(OnceLock::new());
        let taken_up = Arc::clone(&decision);
        let claim = core.claim(move |item| is_about(item, &text, taken_up.get()));
        let asked = Asked { agent: core.id(), action: &action, message: &ask.id };
        let deadline = Instant::now() + patience.min(Duration::MAX / 4) + GRACE;
        core.send(&ask).await?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match claim.within(left).await {
                Ok(Some(Order::Pause { decision: id, .. })) => {
                    // Set once: it is asked for only until then.
                    let _ = decision.set(id);
                }
                Ok(Some(Order::Resume(ruling) | Order::Abort(ruling))) => {
                    return Ok(asked.confirmed(&*core.documents, ruling, deadline).await);
                }
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

/// A question that was asked.
struct Asked<'a> {
    agent: &'a AgentId,
    action: &'a str,
    message: &'a MessageId,
}

impl Asked<'_> {
    /// The same ruling, but for a yes that is not written down: that is a no.
    async fn confirmed(
        &self,
        documents: &dyn StateStore,
        ruling: Ruling,
        deadline: Instant,
    ) -> Ruling {
        if !ruling.approved {
            return ruling;
        }
        let Some(id) = &ruling.decision else { return unwritten(None) };
        let Ok(key) = StateKey::new(format!("approval:{id}")) else { return unwritten(Some(id)) };
        let written = (Instant::now() + WRITTEN).min(deadline);
        loop {
            let until = match documents.load(&key).await {
                Ok(found) => match found.and_then(|found| self.is_yes(&found.value)) {
                    Some(true) => return ruling,
                    Some(false) => return unwritten(Some(id)),
                    None => written,
                },
                Err(error) if error.is_retryable() => {
                    tracing::warn!(%error, agent = %self.agent, "cannot read a decision, trying again");
                    deadline
                }
                Err(error) => {
                    tracing::error!(%error, agent = %self.agent, "cannot read a decision");
                    return unwritten(Some(id));
                }
            };
            if Instant::now() >= until {
                return unwritten(Some(id));
            }
            sleep(LOOK).await;
        }
    }

    /// What a document says about this question; `None` where nobody has decided yet.
    fn is_yes(&self, document: &Document) -> Option<bool> {
        let Document::Text(text) = document else { return Some(false) };
        let Ok(approval) = serde_json::from_slice::<Approval>(text) else { return Some(false) };
        let request = &approval.request;
        let is_own = request.id == *self.message
            && request.agent == *self.agent
            && request.action == self.action;
        match approval.decision {
            None if is_own => None,
            decision => Some(is_own && decision.is_some_and(|decision| decision.approved)),
        }
    }
}

fn unwritten(id: Option<&String>) -> Ruling {
    let notes = "a yes was sent that is not written down as the answer to this question";
    Ruling::none(id.cloned(), notes)
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
