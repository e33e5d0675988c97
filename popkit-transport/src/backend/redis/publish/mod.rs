//! Publishing: one script appends to the log and tells whoever listens by `PUBLISH`, in one
//! round trip.
//!
//! | Room | Holds |
//! |---|---|
//! | `begin.lua`, `append.lua`, `publish.lua` | what the server does |
//! | `quick.lua` | the same for one message with which nothing is the matter |
//! | `call` | the call of the script, and its answer |
//! | `plain.lua` | what goes before them where every command is billed |
//! | `lead` | what all calls for a channel begin with |
//! | `own` | what the process's own readers learn of it where they poll |
//! | `count` | what is known of the transport's own sequence |

mod call;
mod count;
mod lead;
mod own;

use std::collections::VecDeque;

use popkit_protocol::Channel;
use popkit_redis::{Invocation, Redis, Reply, Script};

use self::call::{Call, PLAIN, PUBLISH};
pub(super) use self::call::{bounds, is_marked};
pub(super) use self::count::Counts;
pub(super) use self::lead::Leads;
use super::classify::convert;
use super::shared::Shared;
use crate::{Capabilities, Error, ErrorKind, Publish, Receipt, Result};

/// Messages, and bytes, of one channel that one call of the script takes.
const PART: usize = 500;
const PART_BYTES: usize = 1024 * 1024;

/// What is still to be sent to one channel: places in the batch.
struct Queue {
    channel: Channel,
    left: VecDeque<usize>,
}

/// Publishes messages; answers in their order.
pub(super) async fn send(shared: &Shared, batch: &[Publish]) -> Vec<Result<Receipt>> {
    let mut answers: Vec<Option<Result<Receipt>>> =
        batch.iter().map(|message| check(message).err().map(Err)).collect();
    let mut queues: Vec<Queue> = Vec::new();
    for (at, message) in batch.iter().enumerate() {
        if answers.get(at).is_some_and(Option::is_some) {
            continue;
        }
        match queues.iter_mut().find(|queue| queue.channel == message.channel) {
            Some(queue) => queue.left.push_back(at),
            None => queues.push(Queue { channel: message.channel.clone(), left: [at].into() }),
        }
    }
    while queues.iter().any(|queue| !queue.left.is_empty()) {
        wave(shared, batch, &mut queues, &mut answers).await;
    }
    let defect = || Err(Error::new(ErrorKind::Unexpected, "a message was not answered"));
    answers.into_iter().map(|answer| answer.unwrap_or_else(defect)).collect()
}

fn check(message: &Publish) -> Result<()> {
    let limit = Capabilities::MAX_PAYLOAD;
    let bytes = message.payload.len();
    if bytes > limit {
        let message = format!("{bytes} bytes; the limit is {limit}");
        return Err(Error::new(ErrorKind::PayloadTooLarge, message));
    }
    message.opts.headers.check()
}

/// Sends the next part of every channel.
async fn wave(
    shared: &Shared,
    batch: &[Publish],
    queues: &mut [Queue],
    answers: &mut [Option<Result<Receipt>>],
) {
    let (mut calls, mut parts) = (Vec::new(), Vec::new());
    for (number, queue) in queues.iter_mut().enumerate() {
        let part = part(batch, &mut queue.left);
        if part.is_empty() {
            continue;
        }
        let messages: Vec<&Publish> = part.iter().filter_map(|at| batch.get(*at)).collect();
        calls.push(Call::new(shared, &queue.channel, &messages));
        parts.push((number, part));
    }
    let replies = perform(shared, &calls).await;
    for ((call, reply), (number, part)) in calls.into_iter().zip(replies).zip(parts) {
        let mut failure: Option<Error> = None;
        let (log, told) = (call.keys().log().to_owned(), call.read(reply));
        own::tell(shared, &log, &told);
        for (at, told) in part.into_iter().zip(told) {
            if let (Err(error), None) = (&told, &failure) {
                failure = Some(error.again());
            }
            if let Some(answer) = answers.get_mut(at) {
                *answer = Some(told);
            }
        }
        // What comes after a message that failed would overtake it, were that sent again.
        if let (Some(error), Some(queue)) = (failure, queues.get_mut(number)) {
            for at in queue.left.drain(..) {
                if let Some(answer) = answers.get_mut(at) {
                    *answer = Some(Err(unsent(&error)));
                }
            }
        }
    }
}

/// The error for a message that was not sent because one before it failed.
pub(super) fn unsent(before: &Error) -> Error {
    let message = format!("not sent, for one before it failed: {}", before.message());
    Error::new(before.kind(), message)
}

fn part(batch: &[Publish], left: &mut VecDeque<usize>) -> Vec<usize> {
    let (mut part, mut bytes) = (Vec::new(), 0);
    while let Some(message) = left.front().and_then(|at| batch.get(*at)) {
        bytes += message.payload.len();
        if part.len() >= PART || (bytes > PART_BYTES && !part.is_empty()) {
            break;
        }
        part.extend(left.pop_front());
    }
    part
}

/// Calls the script once for each channel: in one round trip, in a cluster in one for each slot.
async fn perform(shared: &Shared, calls: &[Call<'_>]) -> Vec<popkit_redis::Result<Reply>> {
    let (redis, is_native) = (&shared.redis, shared.is_native());
    let cluster = redis.capabilities().cluster;
    let script = if is_native { &PUBLISH } else { &PLAIN };
    let mut replies: Vec<Option<popkit_redis::Result<Reply>>> =
        calls.iter().map(|_| None).collect();
    while let Some(first) = replies.iter().position(Option::is_none) {
        let Some(tag) = calls.get(first).map(|call| call.keys().tag()) else { break };
        let together =
            |at: &usize| calls.get(*at).is_some_and(|call| !cluster || call.keys().tag() == tag);
        // What goes together over HTTP is one body, whose size is limited.
        let most = if is_native { usize::MAX } else { PART_BYTES };
        let mut bytes = 0;
        let fits = |at: &usize| {
            bytes += calls.get(*at).map(|call| call.bytes).unwrap_or_default();
            *at == first || bytes <= most
        };
        let places: Vec<usize> = (first..calls.len()).filter(together).take_while(fits).collect();
        let some: Vec<Invocation> = places
            .iter()
            .filter_map(|at| calls.get(*at))
            .map(|call| call.invocation.clone())
            .collect();
        for (at, reply) in places.into_iter().zip(call_all(redis, script, some).await) {
            if let Some(place) = replies.get_mut(at) {
                *place = Some(reply);
            }
        }
    }
    replies.into_iter().flatten().collect()
}

async fn call_all(
    redis: &Redis,
    script: &Script,
    mut calls: Vec<Invocation>,
) -> Vec<popkit_redis::Result<Reply>> {
    if calls.len() == 1
        && let Some(call) = calls.pop()
    {
        return vec![redis.eval(script, call).await];
    }
    match redis.eval_batch(script, &calls).await {
        Ok(replies) => replies,
        Err(error) => calls.iter().map(|_| Err(error.again())).collect(),
    }
}

/// The error of a message that the server refused within an answer.
pub(super) fn refused(error: popkit_redis::ServerError) -> Error {
    convert(popkit_redis::refused(error, &popkit_redis::Command::new("EVALSHA"), true))
}
