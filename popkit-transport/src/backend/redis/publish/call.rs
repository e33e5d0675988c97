//! The call of the script, and its answer.

use popkit_protocol::{Channel, OutcomeKind, Timestamp};
use popkit_redis::{Invocation, Reply, Script};

use super::count::Doubt;
use super::{refused, unsent};
use crate::backend::redis::classify::convert;
use crate::backend::redis::keys::Keys;
use crate::backend::redis::shared::Shared;
use crate::{Error, ErrorKind, Keep, Position, Publish, Receipt, Result, Retention, Stamp};

pub(super) static PUBLISH: Script = Script::new(
    "publish",
    concat!(
        include_str!("begin.lua"),
        include_str!("quick.lua"),
        include_str!("append.lua"),
        include_str!("publish.lua")
    ),
);

/// What ends a `PUBLISH` of popkit's own. It is white space: to who reads JSON it is nothing, and
/// nobody else ends a message with it.
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
pub(in crate::backend::redis) fn bounds(call: Invocation, keep: Keep) -> Invocation {
    // Within what a server can count; nobody lives to see the difference.
    let milliseconds = keep.age.map_or(0, |age| age.as_millis().clamp(1, 1 << 42));
    call.arg(keep.messages.unwrap_or_default().min(1 << 53))
        .arg(keep.bytes.unwrap_or_default().min(1 << 53))
        .arg(u64::try_from(milliseconds).unwrap_or(0))
}

/// Messages of one channel on their way.
pub(super) struct Call<'a> {
    pub(super) keys: Keys,
    pub(super) invocation: Invocation,
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
        let keys = shared.keys(channel);
        let count = shared.counts.get(channel);
        let mut call = Invocation::new()
            .keys([keys.log().to_owned(), keys.head(), keys.values(), keys.changes()])
            .key(keys.count(shared.producer))
            .arg(shared.draw_epoch());
        call = bounds(call, shared.keep)
            .args([channel.as_str().as_bytes(), MARK])
            .args([shared.producer.to_string(), shared.latest_producer.to_string()])
            .args([count.known, count.known + count.doubtful]);
        let (mut stamps, mut counted) = (Vec::with_capacity(messages.len()), 0);
        for message in messages {
            let mark = mark(message);
            counted += u64::from(matches!(mark, Mark::Counted));
            call = add(call, message);
            stamps.push(mark);
        }
        let doubt = shared.counts.begin(channel, counted);
        Self { keys, invocation: call, stamps, doubt, shared }
    }

    /// What became of each message.
    pub(super) fn read(self, reply: popkit_redis::Result<Reply>) -> Vec<Result<Receipt>> {
        let items = match reply.and_then(Reply::into_array) {
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
        let mut next = || {
            let item = items.next();
            item.ok_or_else(|| {
                Error::new(ErrorKind::Unexpected, "the server's answer is too short")
            })
        };
        let position = match next()? {
            Reply::Error(error) => return Err(refused(error)),
            position => Position::new(position.into_text().map_err(convert)?)?,
        };
        let sequence = next()?;
        let at = Timestamp::from_millis(next()?.into_count().map_err(convert)?);
        let own = |sequence: Reply| sequence.into_count().map_err(convert);
        let stamp = match mark {
            Mark::Given(stamp) => stamp,
            Mark::Counted => {
                let sequence = own(sequence)?;
                self.doubt.answered(sequence);
                Stamp { producer: self.shared.producer, sequence }
            }
            Mark::Latest => {
                Stamp { producer: self.shared.latest_producer, sequence: own(sequence)? }
            }
        };
        Ok(Receipt::new(position, stamp, at))
    }
}

fn mark(message: &Publish) -> Mark {
    match (message.opts.stamp, &message.opts.retention) {
        (Some(stamp), _) => Mark::Given(stamp),
        (None, Retention::Latest(_)) => Mark::Latest,
        (None, Retention::Log) => Mark::Counted,
    }
}

fn add(call: Invocation, message: &Publish) -> Invocation {
    let key = match &message.opts.retention {
        Retention::Latest(key) => key.as_str(),
        Retention::Log => "",
    };
    let (producer, sequence) = match message.opts.stamp {
        Some(stamp) => (stamp.producer.to_string(), stamp.sequence.to_string()),
        None => (String::new(), String::new()),
    };
    let headers = &message.opts.headers;
    let changes = (CHANGES_BYTES / message.payload.len().max(1)).clamp(2, CHANGES);
    let mut call = call.args([key, &producer, &sequence]).arg(&message.payload).arg(changes);
    call = call.arg(headers.iter().count() * 2);
    for (name, value) in headers.iter() {
        call = call.arg(format!("h:{name}")).arg(value);
    }
    call
}
