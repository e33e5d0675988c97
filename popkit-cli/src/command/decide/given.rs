//! Decisions that were made before.

use popkit_coordinator::runtime::Decision;
use popkit_protocol::{Approval, MessageId, Timestamp};
use popkit_store::{Document, StateKey};
use serde::de::DeserializeOwned;

use crate::error::CliError;
use crate::output::{short, time};
use crate::session::SessionSite;

/// With what the names begin under which a person's decision is kept, and what became of what
/// an agent asked.
const DECISIONS: &str = "decision:";
const APPROVALS: &str = "approval:";

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    id: MessageId,
    approved: bool,
    by: String,
    at: Timestamp,
}

impl Given {
    /// Why it cannot be decided once more.
    pub(super) fn error(&self) -> CliError {
        let Self { id, approved, by, at } = self;
        let word = if *approved { "approved" } else { "denied" };
        let by = short(by, 60);
        CliError::failed(format!("{id} was {word} by {by} at {}; a decision stands", time(*at)))
    }
}

/// The decision about the question whose id is this, or the first whose id begins so.
pub(super) async fn find(site: &SessionSite, given: &str) -> Result<Option<Given>, CliError> {
    let decided = first::<Decision>(site, DECISIONS, given).await?;
    if let Some(Decision { decision, approved, by, at, .. }) = decided {
        return Ok(Some(Given { id: decision, approved, by, at }));
    }
    // Those that nobody decided in time.
    let approval = first::<Approval>(site, APPROVALS, given).await?;
    Ok(approval.and_then(|Approval { request, decision, .. }| {
        let decision = decision?;
        let (by, at) = (decision.decided_by, decision.decided_at);
        Some(Given { id: request.id, approved: decision.approved, by, at })
    }))
}

async fn first<T: DeserializeOwned>(
    site: &SessionSite,
    kind: &str,
    given: &str,
) -> Result<Option<T>, CliError> {
    // What is no key is no id's beginning.
    let Ok(prefix) = StateKey::new(format!("{kind}{given}")) else { return Ok(None) };
    let page = site.documents.list(prefix.as_str(), None, 1).await?;
    let found = page.items.into_iter().next().map(|(_, document)| document.value);
    let Some(Document::Text(text)) = found else { return Ok(None) };
    Ok(serde_json::from_slice(&text).ok())
}
