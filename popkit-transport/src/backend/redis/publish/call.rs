//! The call of the script, and its answer.

use std::sync::Arc;

use popkit_protocol::{Channel, OutcomeKind, Timestamp};
use popkit_redis::{Invocation, Reply, Script, ServerError};

use super::count::Doubt;
use super::lead::Lead;
use super::{refused, unsent};
use crate::backend::redis::classify::convert;
use crate::backend::redis::keys::Keys;
use crate::backend::redis::position::Place;
use crate::backend::redis::record::{self, coded};
use crate::backend::redis::shared::Shared;
use crate::{
    Error, ErrorKind, Keep, Position, Publish, PublishOptions, Receipt, Result, Retention, Stamp,
};

pub(super) static PUBLISH: Script = Script::new(
    "publish",
    concat!(
        include_str!("quick.lua"),
        include_str!("begin.lua"),
        include_str!("append.lua"),
        include_str!("publish.lua")
    ),
);

/// The same over a wire where every command is billed.
pub(super) static PLAIN: Script = Script::new(
    "publish",
    concat!(
        include_str!("plain.lua"),
        include_str!("begin.lua"),
        include_str!("append.lua"),
        include_str!("publish.lua")
    ),
);

/// What ends a `PUBLISH` of popkit's own, as `quick.lua` has it. It is white space: to who reads
/// JSON it is nothing, and nobody else ends a message with it.
const MARK: &[u8] = b"\t \t";

/// Bytes of changes of latest values that are kept for readers who are about to read them, and
/// how many changes at most.
const CHANGES_BYTES: usize = 2 * 1024 * 1024;
const CHANGES: usize = 128;

/// Whether popkit itself sent what was heard on a channel.
pub(in crate::backend::redis) fn is_marked(heard: &[u8]) -> bool {
    heard.ends_with(MARK)
}

/// How much is kept, as the scripts take it.
pub(in crate::backend::redis) fn bounds(keep: Keep) -> [u64; 3] {
    // Within what a server can count; nobody lives to see the difference.
    let milliseconds = keep.age.map_or(0, |age| age.as_millis().clamp(1, 1 << 42));
    [
        keep.messages.unwrap_or_default().min(1 << 53),
        keep.bytes.unwrap_or_default().min(1 << 53),
        u64::try_from(milliseconds).unwrap_or(0),
    ]
}

/// Messages of one channel on their way.
pub(super) struct Call<'a> {
    lead: Arc<Lead>,
    pub(super) invocation: Invocation,
    /// Of all payloads.
    pub(super) bytes: usize,
    /// The stamp of each that has one; of the others, whether the server counts them.
    stamps: Vec<Mark>,
    doubt: Doubt<'a>,
    shared: &'a Shared,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Given(Stamp),
    Counted,
    Latest,
}

impl<'a> Call<'a> {
    pub(super) fn new(shared: &'a Shared, channel: &Channel, messages: &[&Publish]) -> Self {
        let lead = shared.leads.of(shared, channel);
        let count = shared.counts.get(channel).to_string();
        let mut call = lead.begin(shared.draw_epoch()).arg(count);
        let (mut stamps, mut counted) = (Vec::with_capacity(messages.len()), 0);
        for (at, message) in messages.iter().enumerate() {
            let mark = mark(message);
            counted += u64::from(matches!(mark, Mark::Counted));
            call = add(call, message, shared, at + 1 == messages.len());
            stamps.push(mark);
        }
        let doubt = shared.counts.begin(channel, counted);
        call = call.runs(cost(shared, &stamps));
        let bytes = messages.iter().map(|message| message.payload.len()).sum();
        Self { lead, invocation: call, bytes, stamps, doubt, shared }
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.lead.keys
    }

    /// What became of each message.
    pub(super) fn read(self, reply: popkit_redis::Result<Reply>) -> Vec<Result<Receipt>> {
        let items = match reply.and_then(items) {
            Ok(items) => items,
            Err(error) => {
                let error = convert(error);
                if error.outcome() == OutcomeKind::NotApplied {
                    self.doubt.settle();
                }
                return self.stamps.iter().map(|_| Err(error.again())).collect();
            }
        };
        let mut items = items.into_iter();
        let mut answers: Vec<Result<Receipt>> = Vec::with_capacity(self.stamps.len());
        let mut failure: Option<Error> = None;
        for mark in &self.stamps {
            let answer = match &failure {
                Some(error) => Err(unsent(error)),
                None => self.receipt(*mark, &mut items),
            };
            if let (Err(error), None) = (&answer, &failure) {
                failure = Some(error.again());
            }
            answers.push(answer);
        }
        self.doubt.settle();
        answers
    }

    fn receipt(&self, mark: Mark, items: &mut impl Iterator<Item = Reply>) -> Result<Receipt> {
        let unexpected = || Error::new(ErrorKind::Unexpected, "the server's answer is too short");
        let text = items.next().ok_or_else(unexpected)?.into_text().map_err(convert)?;
        if let Some(error) = text.strip_prefix("! ") {
            return Err(refused(ServerError::parse(error)));
        }
        let mut words = text.split(' ');
        let position = Position::new(words.next().unwrap_or_default())?;
        let sequence = words.next().and_then(|word| word.parse().ok()).ok_or_else(unexpected)?;
        let at = match words.next() {
            Some(word) => word.parse().ok(),
            None => Place::of(&position).map(|place| place.id.ms),
        };
        let at = Timestamp::from_millis(at.ok_or_else(unexpected)?);
        let stamp = match mark {
            Mark::Given(stamp) => stamp,
            Mark::Counted => {
                self.doubt.answered(sequence);
                Stamp { producer: self.shared.producer, sequence }
            }
            Mark::Latest => Stamp { producer: self.shared.latest_producer, sequence },
        };
        Ok(Receipt::new(position, stamp, at))
    }
}

/// Where it is told that there is something, as the scripts take it.
pub(super) fn told_on(shared: &Shared, channel: &Channel) -> String {
    if shared.is_native() {
        return channel.as_str().to_owned();
    }
    let told = if shared.legacy { channel.as_str() } else { "" };
    match shared.redis.has_hints() {
        true => format!("{told} {}", shared.keyspace.wake_of(channel)),
        false => told.to_owned(),
    }
}

/// How many commands the script runs, where nothing is out of the ordinary.
fn cost(shared: &Shared, marks: &[Mark]) -> u64 {
    let of = |is: fn(&Mark) -> bool| marks.iter().filter(|mark| is(mark)).count();
    let latest = of(|mark| matches!(mark, Mark::Latest));
    let counted = of(|mark| matches!(mark, Mark::Counted));
    let is_told = shared.is_native() || shared.legacy;
    let copies = if shared.legacy { marks.len() + 1 } else { 0 };
    let hint = usize::from(shared.redis.has_hints() && latest < marks.len());
    let messages = marks.len() * (1 + usize::from(is_told)) + latest;
    let total = 3 + counted.min(2) + messages + copies + hint;
    u64::try_from(total).unwrap_or_default()
}

/// What is told of each message: a list, or the text of the only one.
fn items(reply: Reply) -> popkit_redis::Result<Vec<Reply>> {
    match reply {
        text @ Reply::Bytes(_) => Ok(vec![text]),
        list => list.into_array(),
    }
}

fn mark(message: &Publish) -> Mark {
    match (message.opts.stamp, &message.opts.retention) {
        (Some(stamp), _) => Mark::Given(stamp),
        (None, Retention::Latest(_)) => Mark::Latest,
        (None, Retention::Log) => Mark::Counted,
    }
}

/// A message with what is said of it, as `publish.lua` lists it.
fn add(call: Invocation, message: &Publish, shared: &Shared, is_last: bool) -> Invocation {
    let PublishOptions { headers, retention, stamp, .. } = &message.opts;
    let (payload, coding) = coded(&message.payload, shared.redis.capabilities().binary);
    let call = call.arg(payload);
    let (key, producer) = match retention {
        Retention::Latest(key) => (key.as_str(), shared.latest_producer.to_string()),
        Retention::Log => ("", String::new()),
    };
    let (producer, sequence) = match stamp {
        Some(stamp) => (stamp.producer.to_string(), stamp.sequence.to_string()),
        None => (producer, String::new()),
    };
    let is_plain = key.is_empty() && headers.iter().next().is_none() && coding.is_none();
    if is_plain && stamp.is_none() {
        return if is_last { call } else { call.arg("") };
    }
    if is_plain {
        return call.args(["+", &producer, &sequence]);
    }
    let changes = (CHANGES_BYTES / message.payload.len().max(1)).clamp(2, CHANGES);
    let texts = headers.iter().count() + usize::from(coding.is_some());
    let mut call = call.arg(texts * 2).args([&*producer, &sequence, key]).arg(changes);
    if let Some(coding) = coding {
        call = call.args([record::CODING, coding]);
    }
    for (name, value) in headers.iter() {
        call = call.arg(format!("h:{name}")).arg(value);
    }
    call
}
