//! What is kept of a session, in one document or in parts.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Cursor as TaskCursor, Json, Timestamp};
use popkit_store::{Document, Error, ErrorKind, Result, SaveOptions, StateStore, Version};
use popkit_transport::Cursor;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::RuntimeError;
use super::keys::Keys;
use crate::machine::Machine;

/// The form that this program writes.
const FORMAT: u32 = 1;
/// Bytes of one document; a store takes 1 MiB.
const PART: usize = 900 * 1024;
/// How long a session that is over is kept.
const OVER: Duration = Duration::from_secs(24 * 3600);

/// How often a snapshot in parts is read that does not fit together, and the rest between.
const TORN: u32 = 5;
const REST: Duration = Duration::from_millis(50);

/// A session as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Its id.
    pub(super) session: String,
    /// What it is for.
    pub(super) objective: String,
    pub(super) is_over: bool,
    /// How far messages were read; nothing before the first leader.
    pub(super) heard: Option<Cursor>,
    /// The first message of the session and the newest that was heard, by the transport's
    /// clock.
    #[serde(default)]
    pub(super) since: Option<Timestamp>,
    #[serde(default)]
    pub(super) newest: Option<Timestamp>,
    /// How far the task log was read.
    pub(super) tasks: Option<TaskCursor>,
    /// The machine's snapshot.
    pub(super) machine: Json,
}

impl Kept {
    /// A session that nobody has led yet, under its id.
    pub(super) fn of(machine: &Machine) -> std::result::Result<(String, Self), RuntimeError> {
        let objective = machine.objective();
        let session = objective.id.to_string();
        let kept = Self {
            session: session.clone(),
            objective: objective.description.clone(),
            is_over: false,
            heard: None,
            since: None,
            newest: None,
            tasks: None,
            machine: machine.snapshot()?,
        };
        Ok((session, kept))
    }
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    /// Where it is in parts: which set, and how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<Kept>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    set: u8,
    count: u32,
    /// SHA-256 of all of them: while they are read the leader may write the set again.
    #[serde(default)]
    digest: String,
}

/// Where sessions are kept.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    documents: Arc<dyn StateStore>,
    keys: Keys,
    /// The set of parts that was written last.
    parts: Option<Parts>,
}

impl Shelf {
    pub(super) fn new(documents: Arc<dyn StateStore>, keys: Keys) -> Self {
        Self { documents, keys, parts: None }
    }

    /// What is kept.
    pub(super) async fn load(
        &mut self,
    ) -> std::result::Result<Option<(Kept, Version)>, RuntimeError> {
        for _ in 1..TORN {
            match self.load_once().await {
                Err(RuntimeError::Damaged { .. }) if self.parts.is_some() => {
                    tokio::time::sleep(REST).await;
                }
                loaded => return loaded,
            }
        }
        self.load_once().await
    }

    async fn load_once(&mut self) -> std::result::Result<Option<(Kept, Version)>, RuntimeError> {
        let key = self.keys.snapshot.clone();
        let failed = |source| RuntimeError::Documents { key: key.clone(), source };
        let damaged = |reason: String| RuntimeError::Damaged { key: key.clone(), reason };
        let Some(found) = self.documents.load(&key).await.map_err(failed)? else {
            return Ok(None);
        };
        let Document::Text(text) = found.value else {
            return Err(damaged("it is no text".to_owned()));
        };
        let head: Head = serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?;
        if head.format > FORMAT {
            let reason = format!("it has form {}, this program knows form 1", head.format);
            return Err(damaged(reason));
        }
        self.parts.clone_from(&head.parts);
        let kept = match (head.kept, head.parts) {
            (Some(kept), _) => kept,
            (None, Some(parts)) => {
                let whole = self.gather(&parts).await?;
                if !parts.digest.is_empty() && digest(&whole) != parts.digest {
                    return Err(damaged("its parts do not belong together".to_owned()));
                }
                serde_json::from_slice(&whole).map_err(|e| damaged(e.to_string()))?
            }
            (None, None) => return Err(damaged("it holds nothing".to_owned())),
        };
        Ok(Some((kept, found.version)))
    }

    async fn gather(&self, parts: &Parts) -> std::result::Result<Vec<u8>, RuntimeError> {
        let mut whole = Vec::new();
        for part in 0..parts.count {
            let key = Keys::part(parts.set, part).map_err(RuntimeError::Key)?;
            let found = self.documents.load(&key).await;
            let found =
                found.map_err(|source| RuntimeError::Documents { key: key.clone(), source })?;
            match found.map(|found| found.value) {
                Some(Document::Text(text)) => whole.extend_from_slice(&text),
                _ => {
                    let reason = "a part of the snapshot is missing".to_owned();
                    return Err(RuntimeError::Damaged { key, reason });
                }
            }
        }
        Ok(whole)
    }

    /// Saves it, as `opts` allow. Where that is not known, doing it again does no harm.
    pub(super) async fn save(&mut self, kept: &Kept, opts: &SaveOptions) -> Result<()> {
        let unwritable = |e: serde_json::Error| Error::new(ErrorKind::Unexpected, e.to_string());
        let head = Head { format: FORMAT, parts: None, kept: Some(kept.clone()) };
        let text = serde_json::to_string(&head).map_err(unwritable)?;
        let head_opts = if kept.is_over { opts.clone().ttl(OVER) } else { opts.clone() };
        if text.len() <= PART {
            self.documents.save(&self.keys.snapshot, Document::text(text), head_opts).await?;
            self.parts = None;
            return Ok(());
        }
        let whole = serde_json::to_vec(kept).map_err(unwritable)?;
        let set = match self.parts {
            Some(Parts { set: 0, .. }) => 1,
            _ => 0,
        };
        let mut count = 0;
        for part in whole.chunks(PART) {
            let key = Keys::part(set, count)?;
            // A version of the snapshot says nothing about its parts.
            let opts = match &opts.guard {
                Some((key, version)) => SaveOptions::default().guard(key.clone(), *version),
                None => SaveOptions::default(),
            };
            self.documents.save(&key, Document::text(part.to_vec()), opts).await?;
            count += 1;
        }
        let parts = Parts { set, count, digest: digest(&whole) };
        let head = Head { format: FORMAT, parts: Some(parts.clone()), kept: None };
        let text = serde_json::to_string(&head).map_err(unwritable)?;
        self.documents.save(&self.keys.snapshot, Document::text(text), head_opts).await?;
        self.parts = Some(parts);
        Ok(())
    }
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
