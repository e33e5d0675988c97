//! What popkit's predecessors on Upstash add to the streams they have for channels.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry::Vacant;
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Channel, Namespace, Topic};
use popkit_redis::{Command, Entry, Invocation, Redis, Reply, Script, StreamId, escape_glob};
use tokio::time::{Instant, sleep, timeout};

use super::{PART_BYTES, Tally, bear};
use crate::backend::redis::classify::Told as _;
use crate::backend::redis::keys::{Keys, PREDECESSORS};
use crate::backend::redis::publish::bounds;
use crate::backend::redis::shared::Shared;
use crate::{Capabilities, Error, Result};

static ADOPT: Script = Script::new(
    "adopt",
    concat!(
        include_str!("../publish/begin.lua"),
        include_str!("../publish/append.lua"),
        include_str!("adopt.lua")
    ),
);

/// Entries that are read at a time.
const PART: usize = 100;
/// How often it is looked whether there are streams of more agents.
const LOOK: Duration = Duration::from_secs(300);
/// Seconds for which the place of a stream is kept to which nobody adds: twice as long as it.
const KEPT_FOR: &str = "1209600";
/// Before it is tried again after trouble.
const PAUSE: Duration = Duration::from_secs(1);

/// Imports what predecessors add, as long as it is polled. Any number may run at a time: which of
/// them appends a message is decided by the place that is kept beside the log.
pub(super) struct Predecessors<'a> {
    shared: &'a Shared,
    namespace: &'a Namespace,
    tally: &'a Tally,
    /// By the key of their stream.
    streams: BTreeMap<String, Stream>,
}

struct Stream {
    channel: Channel,
    /// Up to where it was imported, as the server keeps it.
    kept: StreamId,
    /// Up to where it was read.
    at: StreamId,
}

impl<'a> Predecessors<'a> {
    pub(super) fn new(shared: &'a Shared, namespace: &'a Namespace, tally: &'a Tally) -> Self {
        Self { shared, namespace, tally, streams: BTreeMap::new() }
    }

    /// Until waiting cannot mend what goes wrong.
    pub(super) async fn run(mut self) -> Result<()> {
        loop {
            let begun = Instant::now();
            if let Err(error) = self.look().await {
                rest(error).await?;
                continue;
            }
            self.tally.lead();
            while let Some(left) = LOOK.checked_sub(begun.elapsed()) {
                if let Err(error) = self.step(left).await {
                    rest(error).await?;
                }
            }
        }
    }

    /// Looks which streams there are, and up to where they were imported.
    async fn look(&mut self) -> Result<()> {
        let redis = &self.shared.redis;
        let known = Topic::WELL_KNOWN.iter().chain(&Topic::TASKS);
        let mut channels: Vec<Channel> = known.map(|topic| self.namespace.channel(topic)).collect();
        channels.extend(found(redis, self.namespace).await.told()?);
        for channel in channels {
            let keys = self.shared.keys(&channel);
            let key = keys.predecessors(&channel);
            if let Vacant(vacant) = self.streams.entry(key.clone()) {
                let kept = place(redis, &keys, &key).await.told()?;
                vacant.insert(Stream { channel, kept, at: kept });
            }
        }
        Ok(())
    }

    async fn step(&mut self, left: Duration) -> Result<()> {
        let after = self.streams.iter().map(|(key, stream)| (key.clone(), stream.at)).collect();
        let Ok(found) = timeout(left, self.shared.redis.await_entries_unhinted(after, PART)).await
        else {
            return Ok(());
        };
        for (key, entries) in found.told()? {
            if let Some(stream) = self.streams.get_mut(&key) {
                let mut left = &entries[..];
                while let Some((some, rest)) = part(left) {
                    if !import(self.shared, self.tally, stream, some).await? {
                        break;
                    }
                    left = rest;
                }
            }
        }
        Ok(())
    }
}

/// Pauses after trouble that passes, for as long as was asked.
async fn rest(error: Error) -> Result<()> {
    let pause = error.retry_after().unwrap_or(PAUSE);
    bear(Err(error))?;
    sleep(pause).await;
    Ok(())
}

/// The entries that come first, as many as one call takes and at least one, and the others;
/// `None` where there are none.
fn part(entries: &[Entry]) -> Option<(&[Entry], &[Entry])> {
    let mut sum = 0;
    let fits = |entry: &&Entry| {
        let bytes = foreign(entry).filter(|payload| is_taken(payload)).map_or(0, Bytes::len);
        sum += bytes;
        sum <= PART_BYTES || sum == bytes
    };
    let count = entries.iter().take_while(fits).count();
    entries.split_at_checked(count).filter(|(first, _)| !first.is_empty())
}

/// What a predecessor has sent with this entry. What popkit itself has added is in the log.
fn foreign(entry: &Entry) -> Option<&Bytes> {
    if entry.field("popkit").is_none() { entry.field("message") } else { None }
}

/// Whether a transport takes it.
fn is_taken(payload: &[u8]) -> bool {
    payload.len() <= Capabilities::MAX_PAYLOAD && str::from_utf8(payload).is_ok()
}

/// The channels of agents that have a stream.
async fn found(redis: &Redis, namespace: &Namespace) -> popkit_redis::Result<Vec<Channel>> {
    let pattern = format!("{PREDECESSORS}{}*", escape_glob(&namespace.prefix()));
    let (mut cursor, mut channels) = ("0".to_owned(), Vec::new());
    loop {
        let question = Command::new("SCAN").arg(&cursor).args(["MATCH", &pattern, "COUNT", "1000"]);
        let [next, keys] = redis.execute(question).await?.into_tuple()?;
        for key in keys.into_array()? {
            let key = key.into_text()?;
            let name = key.strip_prefix(PREDECESSORS).and_then(|name| Channel::new(name).ok());
            channels.extend(name.filter(|name| namespace.topic(name).is_some()));
        }
        cursor = next.into_text()?;
        if cursor == "0" {
            return Ok(channels);
        }
    }
}

/// Up to where a stream was imported; one that nobody has imported begins with what comes now.
async fn place(redis: &Redis, keys: &Keys, stream: &str) -> popkit_redis::Result<StreamId> {
    let kept = redis.execute(Command::new("GET").arg(keys.adopted())).await?;
    if let Some(kept) = kept.into_option(Reply::into_text)? {
        return kept.parse();
    }
    let last = Command::new("XREVRANGE").args([stream, "+", "-", "COUNT", "1"]);
    let last = Entry::read_list(redis.execute(last).await?)?;
    let now = last.first().map_or(StreamId::ZERO, |entry| entry.id);
    let set = Command::new("SET").arg(keys.adopted()).arg(now).args(["NX", "EX", KEPT_FOR]);
    redis.execute(set).await?;
    let kept = redis.execute(Command::new("GET").arg(keys.adopted())).await?;
    kept.into_text()?.parse()
}

/// Imports these entries; or goes on where somebody else has, and then answers false.
async fn import(
    shared: &Shared,
    tally: &Tally,
    stream: &mut Stream,
    entries: &[Entry],
) -> Result<bool> {
    let Some(last) = entries.last() else { return Ok(true) };
    let messages = entries.iter().filter_map(|entry| Some((entry.id, foreign(entry)?)));
    let (taken, refused): (Vec<_>, Vec<_>) = messages.partition(|(_, payload)| is_taken(payload));
    if taken.is_empty() {
        stream.at = last.id;
        tally.refuse(refused.len());
        return Ok(true);
    }
    let keys = shared.keys(&stream.channel);
    let call = Invocation::new()
        .keys([keys.log().to_owned(), keys.head(), keys.values(), keys.changes()])
        .key(keys.adopted())
        .arg(shared.draw_epoch());
    let wake = match shared.redis.has_hints() {
        true => shared.keyspace.wake_of(&stream.channel),
        false => String::new(),
    };
    let mut call = call.args(bounds(shared.keep)).arg(stream.kept);
    call = call.arg(last.id).arg(wake).runs(u64::try_from(taken.len() + 6).unwrap_or_default());
    for (id, payload) in &taken {
        call = call.arg(*id).arg(*payload);
    }
    let answer = shared.redis.eval(&ADOPT, call).await.and_then(Reply::into_tuple).told()?;
    let [is_done, at] = answer;
    let at: StreamId = at.into_text().and_then(|at| at.parse()).told()?;
    let is_done = is_done.into_bool().told()?;
    if is_done {
        tally.import(taken.len());
        tally.refuse(refused.len());
    }
    (stream.kept, stream.at) = (at, at);
    Ok(is_done)
}

#[cfg(test)]
#[path = "predecessor/tests.rs"]
mod tests;
