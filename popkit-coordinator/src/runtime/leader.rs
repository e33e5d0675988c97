//! The leader's lease, and the term that fences what it saves.
//!
//! The lease is a document that is gone when it is not renewed in time, by the store's clock.
//! The term is another one, written once by whoever gets the lease, and only while it has it.
//! Everything that a leader saves is saved while the term is the one it wrote. So a leader
//! that was away for longer than its lease, and does not know it, can change nothing, and
//! renewals are no race with saves.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{HolderId, IdSource, Timestamp};
use popkit_store::{
    Document, Error, ErrorKind, OutcomeKind, Result, SaveOptions, StateKey, StateStore, Version,
};
use serde::{Deserialize, Serialize};

use super::keys::Keys;

/// What the lease says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    holder: HolderId,
    name: String,
    since: String,
}

/// The right to lead, for one term.
#[derive(Debug)]
pub(super) struct Leadership {
    documents: Arc<dyn StateStore>,
    lease_key: StateKey,
    term_key: StateKey,
    held: Held,
    lease: Duration,
    version: Version,
    term: Version,
}

/// What came of trying to lead.
#[derive(Debug)]
pub(super) enum Try {
    Leads(Leadership),
    /// Somebody else does: its name.
    Follows(String),
}

impl Leadership {
    /// Takes the lease where nobody has it, and begins a term.
    pub(super) async fn take(
        documents: &Arc<dyn StateStore>,
        keys: &Keys,
        (name, lease, now): (&str, Duration, Timestamp),
        ids: &dyn IdSource,
    ) -> Result<Try> {
        if let Some(found) = documents.load(&keys.lease).await? {
            return Ok(Try::Follows(name_in(&found.value)));
        }
        let held = Held { holder: ids.holder(), name: name.to_owned(), since: now.to_string() };
        let opts = SaveOptions::default().if_absent().ttl(lease);
        let version = match documents.save(&keys.lease, text(&held)?, opts).await {
            Ok(version) => version,
            Err(error) if error.kind() == ErrorKind::Conflict => {
                return Ok(Try::Follows("another coordinator".to_owned()));
            }
            // Perhaps it is ours now; then it lapses.
            Err(error) => return Err(error),
        };
        let opts = SaveOptions::default().guard(keys.lease.clone(), version);
        let term = match documents.save(&keys.term, text(&held)?, opts).await {
            Ok(term) => term,
            Err(error) if error.kind() == ErrorKind::Conflict => {
                return Ok(Try::Follows("another coordinator".to_owned()));
            }
            Err(error) => return Err(error),
        };
        let documents = Arc::clone(documents);
        let (lease_key, term_key) = (keys.lease.clone(), keys.term.clone());
        Ok(Try::Leads(Self { documents, lease_key, term_key, held, lease, version, term }))
    }

    /// The number of the term. It grows with every one.
    pub(super) fn epoch(&self) -> u64 {
        self.term.number()
    }

    /// How often the lease is to be renewed.
    pub(super) fn every(&self) -> Duration {
        self.lease / 3
    }

    /// Options of a save that happens only while this term lasts.
    pub(super) fn guarded(&self) -> SaveOptions {
        SaveOptions::default().guard(self.term_key.clone(), self.term)
    }

    /// Renews the lease; `false` where it is lost.
    pub(super) async fn renew(&mut self) -> Result<bool> {
        let opts = SaveOptions::default().if_version(self.version).ttl(self.lease);
        match self.documents.save(&self.lease_key, text(&self.held)?, opts).await {
            Ok(version) => {
                self.version = version;
                return Ok(true);
            }
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
        // Perhaps it is our own renewal that is in the way, one whose answer was lost.
        let Some(found) = self.documents.load(&self.lease_key).await? else { return Ok(false) };
        let is_ours = read(&found.value).is_some_and(|held| held.holder == self.held.holder);
        if is_ours {
            self.version = found.version;
        }
        Ok(is_ours)
    }

    /// Gives the lease back: another coordinator may lead at once.
    pub(super) async fn resign(self) {
        if let Err(error) = self.documents.delete(&self.lease_key, Some(self.version)).await
            && error.kind() != ErrorKind::Conflict
        {
            tracing::warn!(%error, "the lease of the coordinator was not given back; it lapses");
        }
    }
}

/// Whether an error says that the term is over.
pub(super) fn is_fenced(error: &Error) -> bool {
    error.kind() == ErrorKind::Conflict
}

/// Whether to try again after an error.
pub(super) fn is_passing(error: &Error) -> bool {
    error.is_retryable() || error.outcome() == OutcomeKind::Unknown
}

fn text(held: &Held) -> Result<Document> {
    let text = serde_json::to_string(held);
    let text = text.map_err(|e| Error::new(ErrorKind::Unexpected, e.to_string()))?;
    Ok(Document::text(text))
}

fn read(document: &Document) -> Option<Held> {
    match document {
        Document::Text(text) => serde_json::from_slice(text).ok(),
        _ => None,
    }
}

fn name_in(document: &Document) -> String {
    read(document).map_or_else(|| "another coordinator".to_owned(), |held| held.name)
}

/// The same of a transport's error.
pub(super) fn is_passing_transport(error: &popkit_transport::Error) -> bool {
    error.is_retryable() || error.outcome() == OutcomeKind::Unknown
}
