//! Streams of tool output: what has come, in which order ever, and what is still missing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use popkit_protocol::message::StreamChunk;
use popkit_protocol::{AgentId, Envelope, Message, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::machine::effect::{Action, Output};

/// Streams of one agent that may be open.
const PER_AGENT: usize = 16;
/// Streams that may be open in all.
const OPEN: usize = 256;
/// Bytes of one stream that are kept; later parts are counted.
const BYTES: usize = 1024 * 1024;
/// How far ahead a part may be of the first one that is missing.
const AHEAD: u64 = 1024;

/// The streams that are open, by agent and name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::machine) struct Streams {
    open: BTreeMap<AgentId, BTreeMap<String, Stream>>,
    done: u64,
    broken: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stream {
    /// The first part that is missing.
    next: u64,
    /// Parts behind it that are there.
    ahead: BTreeSet<u64>,
    /// One behind the last part, where that is known.
    parts: Option<u64>,
    /// The end came.
    is_ended: bool,
    bytes: usize,
    heard: Timestamp,
}

impl Stream {
    /// Notes a part; `false` where it came before.
    fn note(&mut self, index: u64) -> bool {
        if index < self.next || !self.ahead.insert(index) {
            return false;
        }
        while self.ahead.remove(&self.next) {
            self.next = self.next.saturating_add(1);
        }
        true
    }

    fn is_whole(&self) -> bool {
        let all_there = self.parts.map_or(self.ahead.is_empty(), |parts| self.next >= parts);
        (self.is_ended || self.parts.is_some()) && all_there
    }
}

impl Streams {
    /// How many are open.
    pub(in crate::machine) fn open(&self) -> usize {
        self.open.values().map(BTreeMap::len).sum()
    }

    /// How many came in whole.
    pub(in crate::machine) fn done(&self) -> u64 {
        self.done
    }

    /// Ends those that are silent for too long.
    pub(in crate::machine) fn close_idle(&mut self, steady: Timestamp, idle: Duration) {
        let before = self.open();
        for streams in self.open.values_mut() {
            streams.retain(|_, stream| steady.since(stream.heard) < idle);
        }
        self.open.retain(|_, streams| !streams.is_empty());
        self.broken += u64::try_from(before - self.open()).unwrap_or(0);
    }

    /// The stream, opened where it is new; `None` where there is no place.
    fn at(&mut self, agent: &AgentId, name: &str, steady: Timestamp) -> Option<&mut Stream> {
        let all = self.open();
        let streams = self.open.entry(agent.clone()).or_default();
        if !streams.contains_key(name) && (streams.len() >= PER_AGENT || all >= OPEN) {
            return None;
        }
        let stream = streams.entry(name.to_owned()).or_default();
        stream.heard = steady;
        Some(stream)
    }

    /// Closes a stream that is whole, or broken.
    fn close(&mut self, agent: &AgentId, name: &str, is_broken: bool) {
        let Some(streams) = self.open.get_mut(agent) else { return };
        let is_whole = streams.get(name).is_some_and(Stream::is_whole);
        if !is_broken && !is_whole {
            return;
        }
        if streams.remove(name).is_some() {
            let count = if is_broken { &mut self.broken } else { &mut self.done };
            *count += 1;
        }
        if streams.is_empty() {
            self.open.remove(agent);
        }
    }
}

impl Machine {
    pub(in crate::machine) fn stream(&mut self, agent: &AgentId, envelope: &Envelope) {
        let (Message::StreamStart(_)
        | Message::StreamChunk(_)
        | Message::StreamEnd(_)
        | Message::StreamError(_)) = &envelope.message
        else {
            return;
        };
        let name = stream_of(&envelope.message).to_owned();
        let steady = self.clock.steady();
        let Some(stream) = self.streams.at(agent, &name, steady) else {
            self.dead(envelope, "too many streams of tool output are open; end one first");
            return;
        };
        match &envelope.message {
            Message::StreamChunk(chunk) => {
                let is_far = chunk.chunk_index > stream.next.saturating_add(AHEAD);
                if is_far {
                    self.dead(envelope, "more than 1024 parts before it are missing");
                    return;
                }
                if chunk.is_final {
                    stream.parts = Some(chunk.chunk_index.saturating_add(1));
                }
                if stream.note(chunk.chunk_index) {
                    self.part_of_stream(agent, envelope, chunk);
                }
            }
            Message::StreamEnd(_) => stream.is_ended = true,
            _ => {}
        }
        let is_broken = matches!(envelope.message, Message::StreamError(_));
        self.streams.close(agent, &name, is_broken);
    }

    fn part_of_stream(&mut self, agent: &AgentId, envelope: &Envelope, chunk: &StreamChunk) {
        let steady = self.clock.steady();
        let Some(stream) = self.streams.at(agent, &chunk.session_id, steady) else { return };
        stream.bytes = stream.bytes.saturating_add(chunk.content.len());
        if stream.bytes <= BYTES {
            self.act(Action::Output(Output {
                agent: agent.clone(),
                stream: chunk.session_id.clone(),
                index: chunk.chunk_index,
                content: chunk.content.clone(),
            }));
        }
        if self.settings.streams.broadcast {
            self.act(Action::Broadcast(Box::new(envelope.clone())));
        }
    }
}

fn stream_of(message: &Message) -> &str {
    match message {
        Message::StreamStart(start) => &start.session_id,
        Message::StreamChunk(chunk) => &chunk.session_id,
        Message::StreamEnd(end) | Message::StreamError(end) => &end.session_id,
        _ => "",
    }
}
