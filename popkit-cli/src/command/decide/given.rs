//! Decisions that were made before.

use popkit_coordinator::runtime::Decision;
use popkit_protocol::session::Decision as Ruled;
use popkit_protocol::{Approval, Clock as _, MessageId, SystemClock, Timestamp};
use popkit_store::{Document, StateKey};
use serde::de::DeserializeOwned;

use crate::error::CliError;
use crate::output::{short, time};
use crate::session::SessionSite;

/// With what the names begin under which a person's decision is kept, and what became of what
/// an agent asked.
const DECISIONS: &str = "decision:";
const APPROVALS: &str = "approval:";

/// A decision, or that nobody made one in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    By { id: MessageId, approved: bool, by: String, at: Timestamp },
    Nobody { id: MessageId },
}

impl Given {
    /// Why it cannot be decided once more.
    pub(super) fn error(&self) -> CliError {
        let (id, approved, by, at) = match self {
            Self::By { id, approved, by, at } => (id, approved, by, at),
            Self::Nobody { id } => {
                return CliError::failed(format!(
                    "nobody answered {id} in time, so the answer was no; the agent has to ask again"
                ));
            }
        };
        let word = if *approved { "approved" } else { "denied" };
        let by = short(by, 60);
        CliError::failed(format!("{id} was {word} by {by} at {}; a decision stands", time(*at)))
    }
}

/// The decision about the question whose id is this, or the first whose id begins so.
pub(super) async fn find(site: &SessionSite, given: &str) -> Result<Option<Given>, CliError> {
    let decided = first::<Decision>(site, DECISIONS, given).await?;
    if let Some((_, Decision { decision, approved, by, at, .. })) = decided {
        return Ok(Some(Given::By { id: decision, approved, by, at }));
    }
    // Those that nobody decided in time.
    let found = first::<Approval>(site, APPROVALS, given).await?;
    Ok(found.and_then(|(id, Approval { request, decision, .. })| match decision {
        Some(Ruled { approved, decided_by: by, decided_at: at, .. }) => {
            Some(Given::By { id, approved, by, at })
        }
        None if SystemClock.now() >= request.expires_at => Some(Given::Nobody { id }),
        // It is about to be listed.
        None => None,
    }))
}

/// The decision about this question as it was written down.
pub(super) async fn written(
    site: &SessionSite,
    question: &MessageId,
) -> Result<Option<Decision>, CliError> {
    let Ok(key) = StateKey::new(format!("{DECISIONS}{question}")) else { return Ok(None) };
    let found = site.documents.load(&key).await?.map(|document| document.value);
    Ok(read(found))
}

/// The first whose name begins so, under the id in its name.
async fn first<T: DeserializeOwned>(
    site: &SessionSite,
    kind: &str,
    given: &str,
) -> Result<Option<(MessageId, T)>, CliError> {
    // What is no key is no id's beginning.
    let Ok(prefix) = StateKey::new(format!("{kind}{given}")) else { return Ok(None) };
    let page = site.documents.list(prefix.as_str(), None, 1).await?;
    let found = page.items.into_iter().next().and_then(|(key, document)| {
        let id = MessageId::new(key.as_str().strip_prefix(kind)?).ok()?;
        Some((id, read(Some(document.value))?))
    });
    Ok(found)
}

fn read<T: DeserializeOwned>(found: Option<Document>) -> Option<T> {
    let Some(Document::Text(text)) = found else { return None };
    serde_json::from_slice(&text).ok()
}
