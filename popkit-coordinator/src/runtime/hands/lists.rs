//! Bounded lists out: the journal, dead letters, parts of streams.

use std::sync::Arc;

use bytes::Bytes;
use popkit_protocol::Timestamp;
use popkit_store::{Document, Error, ErrorKind, Result, SaveOptions, StateKey, StateStore};
use serde::{Deserialize, Serialize};

use super::Tools;
use super::documents::within;
use crate::machine::{DeadLetter, EffectId, Event, Output};
use crate::runtime::keys::Keys;

/// Events of the journal.
const JOURNAL: usize = 500;
/// Dead letters.
const DEAD: usize = 100;
/// Parts of a stream.
const PARTS: usize = 1000;

/// An entry, as far as it says whether it is there.
#[derive(Deserialize)]
struct Numbered {
    session: String,
    number: u64,
}

#[derive(Serialize)]
struct Recorded<'a> {
    session: &'a str,
    number: u64,
    at: Timestamp,
    event: &'a Event,
}

#[derive(Serialize)]
struct Letter<'a> {
    session: &'a str,
    number: u64,
    at: Timestamp,
    channel: &'a str,
    from: Option<&'a str>,
    reason: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Part<'a> {
    agent: &'a str,
    index: u64,
    content: &'a str,
}

/// Lists whose newest entry tells what is in them already.
#[derive(Debug)]
pub(super) struct Lists {
    store: Arc<dyn StateStore>,
    keys: Keys,
    session: String,
    guarded: SaveOptions,
}

impl Lists {
    pub(super) fn new(tools: &Tools) -> Self {
        let (store, keys) = (Arc::clone(&tools.documents), tools.keys.clone());
        let session = tools.session.clone();
        Self { store, keys, session, guarded: tools.guarded.clone() }
    }

    /// Adds events to the journal; those that are there are not added again.
    pub(super) async fn record(&self, events: &[(u64, &Event)], at: Timestamp) -> Result<()> {
        let entries = events.iter().map(|(number, event)| {
            let session = self.session.as_str();
            let recorded = Recorded { session, number: *number, at, event };
            Ok((*number, encode(&recorded)?))
        });
        self.add(&self.keys.journal, entries.collect::<Result<_>>()?, JOURNAL).await
    }

    /// Adds a dead letter, under its effect's number.
    pub(super) async fn dead(
        &self,
        id: EffectId,
        letter: &DeadLetter,
        at: Timestamp,
    ) -> Result<()> {
        let number = id.number();
        let letter = Letter {
            session: &self.session,
            number,
            at,
            channel: &letter.channel,
            from: letter.from.as_deref(),
            reason: &letter.reason,
            text: &letter.text,
        };
        self.add(&self.keys.dead, vec![(number, encode(&letter)?)], DEAD).await
    }

    /// Adds a part of a stream. After a change of leaders one may be there twice, under one
    /// index.
    pub(super) async fn output(&self, output: &Output) -> Result<()> {
        let key = Keys::stream(&output.agent, &output.stream)?;
        let part =
            Part { agent: output.agent.as_str(), index: output.index, content: &output.content };
        match self.store.append(&key, encode(&part)?, PARTS).await {
            // Something else is there, which is no list: it is not ours to remove.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                tracing::warn!(%key, "the place of a stream is taken; this part is not kept");
                Ok(())
            }
            appended => appended.map(|_| ()),
        }
    }

    async fn add(&self, key: &StateKey, entries: Vec<(u64, Bytes)>, keep: usize) -> Result<()> {
        let found = self.store.load(key).await?.map(|found| found.value);
        let mut list = match found {
            Some(Document::List(list)) => list,
            _ => Vec::new(),
        };
        let last = list.first().and_then(|entry| serde_json::from_slice::<Numbered>(entry).ok());
        // What an earlier session left gives way.
        let last = last.filter(|entry| entry.session == self.session);
        if last.is_none() {
            list.clear();
        }
        let last = last.map_or(0, |entry| entry.number);
        let new: Vec<_> = entries.into_iter().filter(|(number, _)| *number > last).collect();
        if new.is_empty() {
            return Ok(());
        }
        for (_, entry) in new {
            list.insert(0, entry);
        }
        list.truncate(keep);
        let list = Document::List(within(list));
        self.store.save(key, list, self.guarded.clone()).await?;
        Ok(())
    }
}

fn encode<T: Serialize>(value: &T) -> Result<Bytes> {
    let text = serde_json::to_vec(value);
    text.map(Bytes::from).map_err(|e| Error::new(ErrorKind::Unexpected, e.to_string()))
}
