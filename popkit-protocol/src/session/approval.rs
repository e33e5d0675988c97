//! One decision about one exact action.

mod digest;

pub use digest::ActionDigest;

use crate::codec::{CodecError, Reader, Record, Writer, shape, words};
use crate::{AgentId, MessageId, Timestamp};

/// An agent asks whether it may do something. Nothing in here is a decision: all of it is text
/// of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApprovalRequest {
    /// Its id: that of the message that asked.
    pub id: MessageId,
    /// Who asks.
    pub agent: AgentId,
    /// The exact action.
    pub action: String,
    /// Its digest.
    pub digest: ActionDigest,
    /// Why.
    pub reason: String,
    /// When it was asked.
    pub requested_at: Timestamp,
    /// When neither the question nor the answer counts any more.
    pub expires_at: Timestamp,
}

impl ApprovalRequest {
    /// A request for this action.
    #[must_use]
    pub fn new(
        id: MessageId,
        agent: AgentId,
        action: impl Into<String>,
        (requested_at, expires_at): (Timestamp, Timestamp),
    ) -> Self {
        let action = action.into();
        let digest = ActionDigest::of(&action);
        Self { id, agent, action, digest, reason: String::new(), requested_at, expires_at }
    }

    /// With a reason.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// Whether the action may be done.
    pub approved: bool,
    /// Who decided.
    pub decided_by: String,
    /// When.
    pub decided_at: Timestamp,
    /// What they said.
    pub notes: Option<String>,
}

impl Decision {
    /// A decision.
    #[must_use]
    pub fn new(approved: bool, decided_by: impl Into<String>, decided_at: Timestamp) -> Self {
        Self { approved, decided_by: decided_by.into(), decided_at, notes: None }
    }

    /// With what they said.
    #[must_use]
    pub fn with_notes(mut self, notes: impl Into<String>) -> Self {
        self.notes = Some(notes.into());
        self
    }
}

words! {
    /// Where an approval stands.
    ApprovalState, "approval state" {
        /// Nobody has decided.
        Pending = "pending",
        /// The action may be done, once.
        Approved = "approved",
        /// It may not.
        Denied = "denied",
        /// Its time was up, before or after the decision.
        Expired = "expired",
        /// It was used.
        Used = "used",
    }
}

/// Why an approval does not allow what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApprovalError {
    /// It cannot be decided any more.
    #[error("the approval is {0} and cannot be decided; the agent has to ask again")]
    NotPending(ApprovalState),
    /// It allows nothing.
    #[error("the approval is {0} and allows nothing; the agent has to ask again")]
    NotApproved(ApprovalState),
    /// It was given for another action, or to another agent.
    #[error("the approval was given for another action or agent; ask for this one")]
    OtherAction,
}

/// A request and what became of it: an approval counts once, for the exact action, for the
/// agent that asked, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Approval {
    /// What was asked.
    pub request: ApprovalRequest,
    /// What was decided.
    pub decision: Option<Decision>,
    /// When the approval was used.
    pub used_at: Option<Timestamp>,
}

impl Approval {
    /// A request that nobody has decided.
    #[must_use]
    pub fn new(request: ApprovalRequest) -> Self {
        Self { request, decision: None, used_at: None }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ApprovalState {
        match &self.decision {
            _ if self.used_at.is_some() => ApprovalState::Used,
            Some(decision) if !decision.approved => ApprovalState::Denied,
            _ if now >= self.request.expires_at => ApprovalState::Expired,
            Some(_) => ApprovalState::Approved,
            None => ApprovalState::Pending,
        }
    }

    /// Notes a decision. Changes nothing where it is refused.
    ///
    /// # Errors
    ///
    /// [`ApprovalError`] where it was decided before or is expired at the time of the decision.
    pub fn decide(&mut self, decision: Decision) -> Result<(), ApprovalError> {
        match self.state(decision.decided_at) {
            ApprovalState::Pending => {
                self.decision = Some(decision);
                Ok(())
            }
            state => Err(ApprovalError::NotPending(state)),
        }
    }

    /// Uses it up for an action. Changes nothing where it is refused. Whoever stores it must
    /// save the change, on condition that nobody else did, before the action is done.
    ///
    /// # Errors
    ///
    /// [`ApprovalError`] where it is not approved, expired, used, or of another action or agent.
    pub fn redeem(
        &mut self,
        now: Timestamp,
        agent: &AgentId,
        digest: ActionDigest,
    ) -> Result<(), ApprovalError> {
        match self.state(now) {
            ApprovalState::Approved => {}
            state => return Err(ApprovalError::NotApproved(state)),
        }
        // Not the digest that the request carries: whoever wrote it may have lied.
        if digest != ActionDigest::of(&self.request.action) || *agent != self.request.agent {
            return Err(ApprovalError::OtherAction);
        }
        self.used_at = Some(now);
        Ok(())
    }
}

impl Record for ApprovalRequest {
    const NAME: &'static str = "a request for approval";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let request = Self {
            id: fields.required("id")?,
            agent: fields.required("agent")?,
            action: fields.required("action")?,
            digest: fields.required("digest")?,
            reason: fields.or("reason", String::new())?,
            requested_at: fields.required("requested_at")?,
            expires_at: fields.required("expires_at")?,
        };
        if request.digest != ActionDigest::of(&request.action) {
            let reason = "it is not the digest of the action; somebody changed one of them";
            return Err(CodecError::invalid(reason).under("digest"));
        }
        Ok(request)
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("id", &self.id)?;
        to.put("agent", &self.agent)?;
        to.put("action", &self.action)?;
        to.put("digest", &self.digest)?;
        to.put("reason", &self.reason)?;
        to.put("requested_at", &self.requested_at)?;
        to.put("expires_at", &self.expires_at)
    }
}

impl Record for Decision {
    const NAME: &'static str = "a decision";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            approved: fields.required("approved")?,
            decided_by: fields.required("decided_by")?,
            decided_at: fields.required("decided_at")?,
            notes: fields.optional("notes")?,
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("approved", &self.approved)?;
        to.put("decided_by", &self.decided_by)?;
        to.put("decided_at", &self.decided_at)?;
        to.put("notes", &self.notes)
    }
}

impl Record for Approval {
    const NAME: &'static str = "an approval";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            request: fields.required("request")?,
            decision: fields.optional("decision")?,
            used_at: fields.optional("used_at")?,
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("request", &self.request)?;
        to.put("decision", &self.decision)?;
        to.put("used_at", &self.used_at)
    }
}

shape!(ApprovalRequest, Decision, Approval);

#[cfg(test)]
#[path = "approval/tests.rs"]
mod tests;
