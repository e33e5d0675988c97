//! Messages of sketches: the same for every side.

use std::collections::HashMap;

use popkit_protocol::ProducerId;

use super::op::{How, Sketch};
use crate::conformance::stage::{channel, key, producer};
use crate::{Capabilities, Headers, Publish, PublishOptions, Stamp};

/// What the sides are able to do alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Able {
    pub(super) latest: bool,
    pub(super) max_payload: usize,
    /// Two handles have one order.
    pub(super) handles: usize,
}

impl Able {
    /// What a backend and the memory backend are both able to do.
    pub(super) fn of(capabilities: &Capabilities) -> Self {
        let one_order = capabilities.ordering == crate::Ordering::PerChannel;
        let handles = if one_order { super::op::HANDLES } else { 1 };
        let max_payload = capabilities.max_payload;
        Self { latest: capabilities.latest, max_payload, handles }
    }
}

/// Makes messages, with the same stamps for the same sketches.
#[derive(Debug)]
pub(super) struct Plan {
    able: Able,
    producer: ProducerId,
    sequences: HashMap<usize, u64>,
    made: u64,
}

/// The names of the channels: alike, so that they may be mixed up.
pub(super) fn name(number: usize) -> popkit_protocol::Channel {
    channel(["model:a", "model:A", "model:{a}:b"][number])
}

impl Plan {
    pub(super) fn new(able: Able) -> Self {
        Self { able, producer: producer(), sequences: HashMap::new(), made: 0 }
    }

    /// The messages of sketches; a sketch may be several.
    pub(super) fn messages(&mut self, sketches: &[Sketch]) -> Vec<Publish> {
        sketches.iter().flat_map(|sketch| self.message(sketch)).collect()
    }

    fn message(&mut self, sketch: &Sketch) -> Vec<Publish> {
        self.made += 1;
        let mut opts = PublishOptions::default();
        if sketch.header {
            opts = opts.with_headers(Headers::new().with("made", self.made.to_string()));
        }
        let mut payload = format!("message {}", self.made).into_bytes();
        let mut times = 1;
        match sketch.how {
            How::Latest(number) if self.able.latest => {
                opts = opts.latest(key(&format!("key-{number}")));
            }
            How::Plain | How::Latest(_) => {}
            How::Relaxed => opts = opts.relaxed(),
            How::Stamped(holes) => opts = opts.with_stamp(self.stamp(sketch.channel, holes)),
            How::Twice => {
                opts = opts.with_stamp(self.stamp(sketch.channel, 0));
                times = 2;
            }
            How::TooLarge => payload.resize(self.able.max_payload + 1, b'x'),
            How::BadHeader => opts = opts.with_headers(Headers::new().with("Not Allowed", "")),
        }
        vec![Publish::new(name(sketch.channel), payload).with_opts(opts); times]
    }

    fn stamp(&mut self, channel: usize, holes: u64) -> Stamp {
        let last = self.sequences.entry(channel).or_default();
        *last += 1 + holes;
        Stamp { producer: self.producer, sequence: *last }
    }
}
