//! The document seam over a map.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Timestamp;

use super::MemoryStore;
use crate::{
    Document, Error, ErrorKind, IfVersion, Page, Result, SaveOptions, StateKey, StateStore,
    Version, Versioned,
};

#[derive(Debug, Default)]
pub(super) struct Documents {
    last_version: u64,
    kept: BTreeMap<StateKey, Kept>,
}

#[derive(Debug)]
struct Kept {
    version: Version,
    value: Document,
    expires: Option<Timestamp>,
}

impl Documents {
    fn get(&self, key: &StateKey, now: Timestamp) -> Option<&Kept> {
        self.kept.get(key).filter(|kept| kept.expires.is_none_or(|at| at > now))
    }

    fn put(&mut self, key: &StateKey, value: Document, expires: Option<Timestamp>) -> Version {
        self.last_version += 1;
        let version = Version::from_number(self.last_version);
        self.kept.insert(key.clone(), Kept { version, value, expires });
        version
    }

    fn check(&self, key: &StateKey, now: Timestamp, expected: IfVersion) -> Result<()> {
        let found = self.get(key, now).map(|kept| kept.version);
        let holds = match expected {
            IfVersion::Any => true,
            IfVersion::Absent => found.is_none(),
            IfVersion::Is(version) => found == Some(version),
        };
        if holds { Ok(()) } else { Err(conflict(key, found)) }
    }
}

/// The refusal of a write whose condition does not hold.
pub(crate) fn conflict(key: &StateKey, found: Option<Version>) -> Error {
    let message = match found {
        Some(version) => format!("it is at version {} now", version.number()),
        None => "it does not exist (any more)".to_owned(),
    };
    Error::new(ErrorKind::Conflict, message).with("key", key)
}

#[async_trait]
impl StateStore for MemoryStore {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        self.run("load", |data, now| {
            let kept = data.documents.get(key, now);
            Ok(kept.map(|kept| Versioned::new(kept.version, kept.value.clone())))
        })
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        self.run("append", |data, now| {
            let documents = &mut data.documents;
            let (mut items, expires) = match documents.get(key, now) {
                None => (Vec::new(), None),
                Some(Kept { value: Document::List(items), expires, .. }) => {
                    (items.clone(), *expires)
                }
                Some(_) => {
                    let message = "the document is no list";
                    return Err(Error::new(ErrorKind::Conflict, message).with("key", key));
                }
            };
            items.insert(0, item);
            items.truncate(keep.max(1));
            let value = Document::List(items);
            value.check_size()?;
            Ok(documents.put(key, value, expires))
        })
    }

    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version> {
        self.run("save", |data, now| {
            value.check_size()?;
            data.documents.check(key, now, opts.if_version)?;
            if let Some((guard, version)) = &opts.guard {
                data.documents.check(guard, now, IfVersion::Is(*version))?;
            }
            Ok(data.documents.put(key, value, opts.ttl.map(|ttl| now.after(ttl))))
        })
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        self.run("delete", |data, now| {
            let condition = expected.map_or(IfVersion::Any, IfVersion::Is);
            data.documents.check(key, now, condition)?;
            let found = data.documents.get(key, now).is_some();
            data.documents.kept.remove(key);
            Ok(found)
        })
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        self.run("list", |data, now| {
            let limit = limit.clamp(1, 1000);
            let from = match (after, StateKey::new(prefix)) {
                (Some(after), _) => Excluded(after.clone()),
                (None, Ok(first)) => Included(first),
                (None, Err(_)) => Unbounded,
            };
            let rest = data.documents.kept.range((from, Unbounded));
            let mut found: Vec<_> = rest
                .filter(|(key, _)| key.as_str().starts_with(prefix))
                .filter(|(_, kept)| kept.expires.is_none_or(|at| at > now))
                .take(limit + 1)
                .map(|(key, kept)| (key.clone(), Versioned::new(kept.version, kept.value.clone())))
                .collect();
            let more = found.len() > limit;
            found.truncate(limit);
            // The place of the next page is the last key; the number only says that there is one.
            Ok(Page::new(found, more.then_some(limit as u64)))
        })
    }
}
