//! The document seam: a row per document.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Timestamp;
use rusqlite::{Row, params};

use super::SqliteStore;
use super::classify::{Sql, corrupt};
use super::read::Snapshot;
use super::store::Sync;
use super::tables::{SqliteTables, int, nat};
use crate::{
    Document, Error, ErrorKind, IfVersion, Page, Result, SaveOptions, StateKey, StateStore,
    Version, Versioned,
};

const TEXT: i64 = 0;
const MAP: i64 = 1;
const LIST: i64 = 2;

#[async_trait]
impl StateStore for SqliteStore {
    async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        let key = key.clone();
        let work = move |snapshot: &Snapshot<'_>| {
            let sql = "SELECT version, shape, expires, data FROM doc WHERE key = ?1";
            let mut select = snapshot.connection.prepare_cached(sql)?;
            let mut rows = select.query([key.as_str()])?;
            let found = rows.next()?.map(Kept::read).transpose()?;
            let kept = found.filter(|kept| kept.is_there(snapshot.shared.now()));
            Ok(kept.map(|kept| Versioned::new(kept.version, kept.value)))
        };
        self.read("load", work).await
    }

    async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        let key = key.clone();
        let work = move |tables: &mut SqliteTables<'_>, now| append(tables, now, &key, item, keep);
        self.write("append", Sync::Durable, work).await
    }

    async fn save(&self, key: &StateKey, value: Document, opts: SaveOptions) -> Result<Version> {
        value.check_size().map_err(|e| e.at("sqlite", "save"))?;
        let key = key.clone();
        let work = move |tables: &mut SqliteTables<'_>, now: Timestamp| {
            tables.check(&key, now, opts.if_version)?;
            if let Some((guard, version)) = &opts.guard {
                tables.check(guard, now, IfVersion::Is(*version))?;
            }
            let expires = opts.ttl.map(|ttl| now.after(ttl));
            let version = tables.put(&key, &value, expires)?;
            if expires.is_some() {
                // Whoever makes documents that pass away clears some away.
                tables.sweep(now)?;
            }
            Ok(version)
        };
        self.write("save", Sync::Durable, work).await
    }

    async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        let key = key.clone();
        let work = move |tables: &mut SqliteTables<'_>, now| {
            let condition = expected.map_or(IfVersion::Any, IfVersion::Is);
            let found = tables.check(&key, now, condition)?;
            tables.remove_document(&key)?;
            Ok(found)
        };
        self.write("delete", Sync::Durable, work).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        let (prefix, after) = (prefix.to_owned(), after.cloned());
        let limit = limit.clamp(1, 1000);
        let work = move |snapshot: &Snapshot<'_>| list(snapshot, &prefix, after.as_ref(), limit);
        self.read("list", work).await
    }
}

fn append(
    tables: &mut SqliteTables<'_>,
    now: Timestamp,
    key: &StateKey,
    item: Bytes,
    keep: usize,
) -> Result<Version> {
    let (mut items, expires) = match tables.document(key, now)? {
        None => (Vec::new(), None),
        Some(Kept { value: Document::List(items), expires, .. }) => (items, expires),
        Some(_) => {
            let message = "the document is no list";
            return Err(Error::new(ErrorKind::Conflict, message).with("key", key));
        }
    };
    items.insert(0, item);
    items.truncate(keep.max(1));
    let value = Document::List(items);
    value.check_size()?;
    Ok(tables.put(key, &value, expires)?)
}

fn list(
    snapshot: &Snapshot<'_>,
    prefix: &str,
    after: Option<&StateKey>,
    limit: usize,
) -> Sql<Page<(StateKey, Versioned<Document>)>> {
    let sql = "SELECT version, shape, expires, data, key FROM doc
        WHERE key >= ?1 AND key > ?2 ORDER BY key";
    let mut select = snapshot.connection.prepare_cached(sql)?;
    let mut rows = select.query([prefix, after.map_or("", StateKey::as_str)])?;
    let (mut found, now) = (Vec::new(), snapshot.shared.now());
    while let Some(row) = rows.next()? {
        let key = row.get_ref(4)?.as_str().map_err(|e| corrupt(e.to_string()))?;
        // In the order of their bytes, the keys with this prefix follow each other.
        if !key.starts_with(prefix) || found.len() > limit {
            break;
        }
        let kept = Kept::read(row)?;
        if kept.is_there(now) {
            let key = StateKey::new(key).map_err(|e| corrupt(e.to_string()))?;
            found.push((key, Versioned::new(kept.version, kept.value)));
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    // The place of the next page is the last key; the number only says that there is one.
    Ok(Page::new(found, more.then_some(limit as u64)))
}

struct Kept {
    version: Version,
    value: Document,
    expires: Option<Timestamp>,
}

impl Kept {
    fn read(row: &Row<'_>) -> Sql<Self> {
        let expires = row.get::<_, Option<i64>>(2)?;
        let data = row.get_ref(3)?.as_blob().map_err(|e| corrupt(e.to_string()))?;
        let value = decode(row.get(1)?, data);
        Ok(Self {
            version: Version::from_number(nat(row.get(0)?)?),
            value: value.ok_or_else(|| corrupt("a document that cannot be read"))?,
            expires: expires.map(|at| nat(at).map(Timestamp::from_micros)).transpose()?,
        })
    }

    fn is_there(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|at| at > now)
    }
}

impl SqliteTables<'_> {
    fn document(&mut self, key: &StateKey, now: Timestamp) -> Sql<Option<Kept>> {
        let mut rows = self.sql.doc.query([key.as_str()])?;
        let found = rows.next()?.map(Kept::read).transpose()?;
        Ok(found.filter(|kept| kept.is_there(now)))
    }

    /// Answers whether there is a document, or with the conflict.
    fn check(&mut self, key: &StateKey, now: Timestamp, expected: IfVersion) -> Result<bool> {
        let found = self.document(key, now)?.map(|kept| kept.version);
        let holds = match expected {
            IfVersion::Any => true,
            IfVersion::Absent => found.is_none(),
            IfVersion::Is(version) => found == Some(version),
        };
        if holds {
            return Ok(found.is_some());
        }
        let message = match found {
            Some(version) => format!("it is at version {} now", version.number()),
            None => "it does not exist (any more)".to_owned(),
        };
        Err(Error::new(ErrorKind::Conflict, message).with("key", key))
    }

    fn put(
        &mut self,
        key: &StateKey,
        value: &Document,
        expires: Option<Timestamp>,
    ) -> Sql<Version> {
        let version: i64 = self.sql.next_version.query_row([], |row| row.get(0))?;
        let (shape, data) = encode(value);
        let expires = expires.map(|at| int(at.as_micros()));
        self.sql.keep_doc.execute(params![key.as_str(), shape, version, expires, data])?;
        Ok(Version::from_number(nat(version)?))
    }

    fn remove_document(&mut self, key: &StateKey) -> Sql<()> {
        self.sql.drop_doc.execute([key.as_str()])?;
        Ok(())
    }

    fn sweep(&mut self, now: Timestamp) -> Sql<()> {
        self.sql.sweep_docs.execute([int(now.as_micros())])?;
        Ok(())
    }
}

/// Texts as they are; of maps and lists each name and value with its length before it.
fn encode(value: &Document) -> (i64, Vec<u8>) {
    let mut to = Vec::with_capacity(value.size() + 64);
    let mut put = |bytes: &[u8]| {
        // Documents are far smaller than 4 GiB.
        to.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        to.extend(bytes);
    };
    let shape = match value {
        Document::Text(text) => {
            to.extend(text);
            TEXT
        }
        Document::Map(fields) => {
            for (name, value) in fields {
                put(name.as_bytes());
                put(value);
            }
            MAP
        }
        Document::List(items) => {
            for item in items {
                put(item);
            }
            LIST
        }
    };
    (shape, to)
}

fn decode(shape: i64, data: &[u8]) -> Option<Document> {
    let mut rest = data;
    let mut next = || {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (item, tail) = tail.split_at_checked(length)?;
        rest = tail;
        Some((item, tail.is_empty()))
    };
    match shape {
        TEXT => Some(Document::Text(Bytes::copy_from_slice(data))),
        MAP | LIST if data.is_empty() => Some(match shape {
            MAP => Document::Map(BTreeMap::new()),
            _ => Document::List(Vec::new()),
        }),
        MAP => {
            let mut fields = BTreeMap::new();
            loop {
                let (name, _) = next()?;
                let (value, last) = next()?;
                let name = std::str::from_utf8(name).ok()?.to_owned();
                fields.insert(name, Bytes::copy_from_slice(value));
                if last {
                    return Some(Document::Map(fields));
                }
            }
        }
        LIST => {
            let mut items = Vec::new();
            loop {
                let (item, last) = next()?;
                items.push(Bytes::copy_from_slice(item));
                if last {
                    return Some(Document::List(items));
                }
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_survives_and_damage_is_found() {
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        let map: BTreeMap<_, _> =
            [("a".to_owned(), bytes("1")), (String::new(), bytes("")), ("c".to_owned(), bytes(""))]
                .into();
        for value in [
            Document::text("x"),
            Document::text(""),
            Document::Map(map),
            Document::Map(BTreeMap::new()),
            Document::List(vec![bytes(""), bytes("two"), bytes("")]),
            Document::List(Vec::new()),
        ] {
            let (shape, data) = encode(&value);
            assert_eq!(decode(shape, &data), Some(value.clone()));
            if shape != TEXT && !data.is_empty() {
                assert_eq!(decode(shape, &data[..data.len() - 1]), None, "{value:?}");
                assert_eq!(decode(shape, &[data, vec![1]].concat()), None);
            }
        }
        assert_eq!(decode(7, b""), None);
    }
}
