//! Documents out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Approval, Json, MessageId};
use popkit_store::{Document, Result, SaveOptions, StateKey, StateStore};

use super::Tools;
use crate::machine::{Content, Doc};
use crate::runtime::keys::Keys;

/// How long what a session leaves behind is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Bytes of a list; a store takes 1 MiB.
const LIST: usize = 900 * 1024;
/// Entries of the list of insights.
const INSIGHTS: usize = 100;
/// Patterns in the map that agents of the originals read.
const PATTERNS: usize = 200;
/// The life of a document that is removed.
const AT_ONCE: Duration = Duration::from_millis(1);
/// Documents that are cleared in one look.
const PAGE: usize = 200;

/// Writes the documents of a session, while its term lasts.
#[derive(Debug)]
pub(super) struct Documents {
    store: Arc<dyn StateStore>,
    keys: Keys,
    session: String,
    guarded: SaveOptions,
    status: Duration,
}

impl Documents {
    pub(super) fn new(tools: &Tools) -> Self {
        Self {
            store: Arc::clone(&tools.documents),
            keys: tools.keys.clone(),
            session: tools.session.clone(),
            guarded: tools.guarded.clone(),
            status: tools.status,
        }
    }

    /// Saves a document; one without content is deleted.
    pub(super) async fn save(&self, doc: &Doc, content: Option<&Content>) -> Result<()> {
        let key = self.keys.document(doc, &self.session)?;
        let Some(content) = content else { return self.remove(&key).await };
        let opts = match doc {
            Doc::Status => self.guarded.clone().ttl(self.status),
            Doc::Completed | Doc::Pattern(_) | Doc::Approval(_) => self.guarded.clone().ttl(KEPT),
            _ => self.guarded.clone(),
        };
        let document = match (doc, content) {
            (Doc::Insights, Content::List(own)) => self.insights(own).await?,
            (Doc::Agent(_), Content::Map(own)) => self.agent(&key, own).await?,
            (Doc::Approval(_), _) if self.is_used(&key).await? => return Ok(()),
            _ => document(content),
        };
        self.store.save(&key, document, opts).await?;
        if let Doc::Pattern(id) = doc {
            self.pattern(id, content).await?;
        }
        Ok(())
    }

    /// With the fields that the agent's hook keeps beside those of its heartbeats.
    async fn agent(&self, key: &StateKey, own: &BTreeMap<String, Json>) -> Result<Document> {
        let mut all = match self.store.load(key).await?.map(|found| found.value) {
            Some(Document::Map(there)) => there,
            _ => BTreeMap::new(),
        };
        all.extend(own.iter().map(|(name, json)| (name.clone(), bytes(json))));
        Ok(Document::Map(all))
    }

    /// Whether an approval was used up: what the machine knows of it does not bring it back.
    async fn is_used(&self, key: &StateKey) -> Result<bool> {
        let Some(Document::Text(text)) = self.store.load(key).await?.map(|found| found.value)
        else {
            return Ok(false);
        };
        let approval: Option<Approval> = serde_json::from_slice(&text).ok();
        Ok(approval.is_some_and(|approval| approval.used_at.is_some()))
    }

    /// Removes a document, while the term lasts: a delete knows no guard, a save that ends at
    /// once does.
    async fn remove(&self, key: &StateKey) -> Result<()> {
        if self.store.load(key).await?.is_some() {
            let opts = self.guarded.clone().ttl(AT_ONCE);
            self.store.save(key, Document::text(""), opts).await?;
        }
        Ok(())
    }

    /// In the form of the originals' hook, and with what hooks have put there.
    async fn insights(&self, own: &[Json]) -> Result<Document> {
        let mut entries: Vec<Bytes> = own.iter().filter_map(hook_form).collect();
        let ids: Vec<String> = own.iter().filter_map(id_of).collect();
        let found = self.store.load(&self.keys.insights).await?.map(|found| found.value);
        if let Some(Document::List(there)) = found {
            let is_foreign = |entry: &&Bytes| is_foreign(entry, &ids);
            entries.extend(there.iter().filter(is_foreign).cloned());
        }
        entries.truncate(INSIGHTS);
        Ok(Document::List(within(entries)))
    }

    /// For agents of the originals, which read one map.
    async fn pattern(&self, id: &MessageId, content: &Content) -> Result<()> {
        let Content::Map(fields) = content else { return Ok(()) };
        let text = Json::encode(fields).unwrap_or_default();
        let found = self.store.load(&self.keys.patterns).await?.map(|found| found.value);
        let mut all = match found {
            Some(Document::Map(all)) => all,
            _ => BTreeMap::new(),
        };
        while all.len() >= PATTERNS && !all.contains_key(id.as_str()) {
            all.pop_first();
        }
        all.insert(id.to_string(), Bytes::from(text.as_str().to_owned()));
        let opts = self.guarded.clone().ttl(KEPT);
        self.store.save(&self.keys.patterns, Document::Map(all), opts).await?;
        Ok(())
    }

    /// Removes what is of one session alone.
    pub(super) async fn clear(&self) -> Result<()> {
        for doc in [Doc::Objective, Doc::Insights, Doc::Orphans] {
            self.remove(&self.keys.document(&doc, &self.session)?).await?;
        }
        for prefix in [Keys::STATES, Keys::DECISIONS, Keys::STREAMS] {
            let mut after: Option<StateKey> = None;
            loop {
                let page = self.store.list(prefix, after.as_ref(), PAGE).await?;
                for (key, _) in &page.items {
                    self.remove(key).await?;
                }
                match page.items.last() {
                    Some((key, _)) if page.next.is_some() => after = Some(key.clone()),
                    _ => break,
                }
            }
        }
        Ok(())
    }
}

/// As many of the newest entries as a document holds.
pub(super) fn within(mut entries: Vec<Bytes>) -> Vec<Bytes> {
    let mut bytes = 0;
    let fits = entries.iter().take_while(|entry| {
        bytes += entry.len();
        bytes <= LIST
    });
    let count = fits.count();
    entries.truncate(count);
    entries
}

fn bytes(json: &Json) -> Bytes {
    Bytes::from(json.as_str().to_owned())
}

fn document(content: &Content) -> Document {
    match content {
        Content::Text(json) => Document::Text(bytes(json)),
        Content::Map(fields) => {
            Document::Map(fields.iter().map(|(name, json)| (name.clone(), bytes(json))).collect())
        }
        Content::List(all) => Document::List(all.iter().map(bytes).collect()),
    }
}

type Fields = serde_json::Map<String, serde_json::Value>;

/// An entry as the originals' hook writes it: without those who have it.
fn hook_form(insight: &Json) -> Option<Bytes> {
    let mut fields: Fields = insight.decode().ok()?;
    fields.remove("consumed_by");
    serde_json::to_vec(&fields).ok().map(Bytes::from)
}

fn id_of(insight: &Json) -> Option<String> {
    let fields: Fields = insight.decode().ok()?;
    fields.get("id")?.as_str().map(str::to_owned)
}

/// Whether somebody else has put an entry there. What this session has forgotten since looks the
/// same, and stays until newer ones push it out.
fn is_foreign(entry: &[u8], own: &[String]) -> bool {
    let fields: Option<Fields> = serde_json::from_slice(entry).ok();
    let Some(fields) = fields else { return true };
    let id = fields.get("id").and_then(|id| id.as_str());
    id.is_none_or(|id| !own.iter().any(|known| known == id))
}
