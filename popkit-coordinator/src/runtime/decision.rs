//! What a person decided, as it is written down.

use popkit_protocol::{Clock, Envelope, IdSource, MessageId, Party, Timestamp};
use popkit_store::{Document, Error, ErrorKind, Result, SaveOptions, StateKey, StateStore};
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use crate::machine::Ruling;
use crate::request::Request;

/// How long a decision is kept.
const KEPT: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// A person's answer to a question, as the document `decision:{id}`.
///
/// It is a document and no message because any agent can send a message. Agents need no right
/// to write this one, and the access list that popkit ships gives them none. Whoever writes
/// it has made sure that a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// The question.
    pub decision: MessageId,
    /// Yes or no.
    pub approved: bool,
    /// Who.
    pub by: String,
    /// What they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Decision {
    /// A decision without notes.
    #[must_use]
    pub fn new(decision: MessageId, approved: bool, by: impl Into<String>, at: Timestamp) -> Self {
        Self { decision, approved, by: by.into(), notes: None, at }
    }

    /// With notes.
    #[must_use]
    pub fn with_notes(mut self, notes: impl Into<String>) -> Self {
        self.notes = Some(notes.into());
        self
    }

    /// Writes it down; the first decision about a question stands. Then send
    /// [`notice`](Self::notice), so that the coordinator looks.
    ///
    /// # Errors
    ///
    /// `Conflict` where the question is decided already.
    pub async fn write(&self, documents: &dyn StateStore) -> Result<()> {
        let text = serde_json::to_string(self);
        let text = text.map_err(|e| Error::new(ErrorKind::Unexpected, e.to_string()))?;
        let key = Keys::decision(&self.decision)?;
        let opts = SaveOptions::default().if_absent().ttl(KEPT);
        documents.save(&key, Document::text(text), opts).await.map(|_| ())
    }

    /// The message by which the coordinator learns of it.
    ///
    /// # Errors
    ///
    /// None that a valid id could cause.
    pub fn notice(
        &self,
        ids: &dyn IdSource,
        clock: &dyn Clock,
    ) -> std::result::Result<Envelope, popkit_protocol::ParseError> {
        let request = Request::Decided { decision: self.decision.clone() };
        request.envelope(Party::Human, ids, clock)
    }

    pub(super) fn ruling(self) -> Ruling {
        let Self { decision, approved, by, notes, .. } = self;
        Ruling { decision, approved, by, notes }
    }
}

/// The decision under a key, where there is one that can be read.
pub(super) async fn read(documents: &dyn StateStore, key: &StateKey) -> Result<Option<Decision>> {
    let Some(found) = documents.load(key).await? else { return Ok(None) };
    Ok(parse(key, &found.value))
}

pub(super) fn parse(key: &StateKey, document: &Document) -> Option<Decision> {
    let Document::Text(text) = document else { return None };
    match serde_json::from_slice::<Decision>(text) {
        Ok(decision) => Some(decision),
        Err(error) => {
            tracing::warn!(%key, %error, "a decision is unreadable");
            None
        }
    }
}
