//! The one operation of the task path.

use std::ops::Range;

use bytes::Bytes;
use popkit_protocol::{
    Actor, Failure, HolderId, LeaseToken, Outcome, TaskId, TaskState, Timestamp, TransitionError,
    Trigger,
};
use popkit_redis::{Invocation, Reply};
use serde::Serialize;

use super::call::{Caller, busy, list, micros, number, part, text, until, utf8};
use super::lanes::{Eligible, Lanes};
use super::record::{lease, leases, state};
use super::script::STEP;
use crate::backend::redis::classify::corrupt;
use crate::engine::short;
use crate::{Claim, Error, ErrorKind, Finish, Finished, LeaseLost, Result, StepReply, StepRequest};

/// How often a step is made again because lanes were registered meanwhile.
const TRIES: usize = 16;

/// Why something was decided, and by whom.
#[derive(Debug, Serialize)]
pub(super) struct Decision {
    by: Actor,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Decision {
    pub(super) fn json(by: Actor, reason: Option<String>) -> Result<String> {
        to_json(&Self { by, reason: short(reason) })
    }
}

/// The JSON text of something that has one.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()))
}

pub(in crate::backend::redis) async fn step(
    caller: &Caller,
    lanes: &Lanes,
    request: StepRequest,
) -> Result<StepReply> {
    for _ in 0..TRIES {
        let eligible = match &request.claim {
            Some(claim) => lanes.eligible(&claim.profile),
            None => Eligible { version: "00000000".into(), lanes: "".into() },
        };
        let call = invocation(caller, &request, &eligible)?;
        let reply = match caller.eval("step", &STEP, call).await? {
            Reply::Bytes(text) => return usual(&request, &text),
            reply => reply,
        };
        let mut reply = list(reply)?;
        let word = text(&mut reply)?;
        if word == "lanes" {
            let version = text(&mut reply)?;
            lanes.learn(&version, part(&mut reply)?)?;
            continue;
        }
        return answer(&request.finish, reply);
    }
    Err(busy())
}

fn invocation(caller: &Caller, request: &StepRequest, eligible: &Eligible) -> Result<Invocation> {
    let slot = format!("a:{}:{}", request.holder, request.slot);
    let call = caller.begin(Some(&slot)).arg(request.request.to_string()).arg(&*eligible.version);
    let call = match &request.claim {
        Some(claim) => call
            .arg(hold(request.holder, claim))
            .arg(micros(claim.lease))
            .arg(&*eligible.lanes)
            .arg(claim.ids.len())
            .args(claim.ids.iter().map(ToString::to_string)),
        None => call.arg("").arg("").arg("").arg(0_u64),
    };
    request.finish.iter().try_fold(call, finish)
}

/// The holder, the agent and how long the lease lasts, as scripts write them into a lease.
pub(in crate::backend::redis) fn hold(holder: HolderId, claim: &Claim) -> String {
    format!("{holder},{},{},", claim.profile.agent(), micros(claim.lease))
}

/// How an outcome is told: a letter, then what belongs to it.
fn finish(call: Invocation, Finish { token, outcome }: &Finish) -> Result<Invocation> {
    let by = |reason: &Option<String>| Decision::json(Actor::Holder, reason.clone());
    let what = match outcome {
        Outcome::Done { result } => {
            // No result and the result null are one and the same once written.
            let result = result.as_ref().filter(|json| !json.is_null());
            format!("d{}", result.map_or("", |json| json.as_str()))
        }
        Outcome::Retry { delay, error } => {
            let delay = delay.map(|delay| micros(delay).to_string()).unwrap_or_default();
            format!("r{delay} {}", failure(error)?)
        }
        Outcome::Fail { error } => format!("f{}", failure(error)?),
        Outcome::Snooze { delay } => format!("s{}", micros(*delay)),
        Outcome::Cancel { reason } => format!("c{}", by(reason)?),
        Outcome::Pause { reason } => format!("p{}", by(reason)?),
        _ => "l".to_owned(),
    };
    Ok(guarded(call, token).arg(what))
}

/// A task and what proves its lease: fence and claim id as a state begins with them.
pub(super) fn guarded(call: Invocation, token: &LeaseToken) -> Invocation {
    let pair = format!("{:016},{}", token.fence.number(), token.claim);
    call.arg(token.task.as_str()).arg(pair)
}

/// Made anew, within its limits: its fields are public.
fn failure(error: &Failure) -> Result<String> {
    to_json(&Failure::new(error.kind.as_str(), error.text.as_str()))
}

/// The answer of the usual way (`quick_step.lua`), where the lease ended as done and another began:
/// a line each for the time, the next timer, the task and its state; the rest is what was asked
/// for. The state of a task that was never claimed is as it was before.
fn usual(request: &StepRequest, text: &Bytes) -> Result<StepReply> {
    let mut from = 0;
    let mut line = || {
        let end = text.get(from..)?.iter().position(|byte| *byte == b'\n')? + from;
        let line = text.slice(from..end);
        from = end + 1;
        Some(line)
    };
    let (Some(now), Some(next), Some(task), Some(state)) = (line(), line(), line(), line()) else {
        return Err(corrupt("a script answered too little"));
    };
    let (now, next) = (utf8(&now)?, utf8(&next)?);
    let next_due = until(now, next)?;
    let state = match (state.first(), &request.claim) {
        (Some(b'y'), Some(claim)) => first_claim(&state, now, (request.holder, claim))?,
        _ => state,
    };
    let now = Timestamp::from_micros(number("the time", now)?);
    let lease = lease(&[task, state, text.slice(from..)], now)?;
    let finished = request.finish.iter().map(|_| Finished::Accepted(TaskState::Done)).collect();
    Ok(StepReply { finished, leases: vec![lease], next_due })
}

/// The state of a task after its first claim, as the script has written it.
fn first_claim(fresh: &[u8], now: &str, (holder, claim): (HolderId, &Claim)) -> Result<Bytes> {
    let cut = |range: Range<usize>| fresh.get(range).map(utf8);
    let (Some(place), Some(last), Some(rest), Some(id)) =
        (cut(1..36), cut(36..48), cut(48..fresh.len()), claim.ids.first())
    else {
        return Err(corrupt("a script answered too little of a state"));
    };
    let (place, last, rest, hold) = (place?, last?, rest?, hold(holder, claim));
    let deadline = number::<u64>("the time", now)?.saturating_add(micros(claim.lease));
    let text = format!(
        "a{place}{now},{id}{deadline:016}00000002{last}000001{now}{now}{now}{:016}|{hold}{rest}",
        0
    );
    Ok(text.into())
}

fn answer(finishes: &[Finish], mut reply: std::vec::IntoIter<Reply>) -> Result<StepReply> {
    let (now, next) = (text(&mut reply)?, text(&mut reply)?);
    let answers = text(&mut reply)?;
    let mut answers = answers.split(';');
    let mut finished = Vec::with_capacity(finishes.len());
    for Finish { token, .. } in finishes {
        finished.push(told(&token.task, answers.next().unwrap_or_default())?);
    }
    let next_due = until(&now, &next)?;
    let now = Timestamp::from_micros(number("the time", &now)?);
    Ok(StepReply { finished, leases: leases(reply, now)?, next_due })
}

/// What became of one finish.
fn told(task: &TaskId, answer: &str) -> Result<Finished> {
    let mut words = answer.split(' ');
    let mut next = || words.next().unwrap_or_default();
    Ok(match next() {
        "ok" => Finished::Accepted(state(next())?),
        "no" => {
            let from = state(next())?;
            let by = if next() == "submit" { Trigger::Submit } else { Trigger::Complete };
            Finished::Refused(TransitionError::new(from, by))
        }
        _ => Finished::Lost(lost(task, answer)?),
    })
}

/// A lease that is lost, as a script tells it.
pub(super) fn lost(task: &TaskId, answer: &str) -> Result<LeaseLost> {
    let mut words = answer.split(' ');
    let mut next = || words.next().unwrap_or_default();
    match next() {
        "gone" => Ok(LeaseLost::unknown(task.clone())),
        "lost" => {
            let state: TaskState = state(next())?;
            let attempt = number("the attempt", next())?;
            let agent = next();
            let held_by = if agent.is_empty() { None } else { Some(super::record::token(agent)?) };
            Ok(LeaseLost { task: task.clone(), state: Some(state), held_by, attempt })
        }
        _ => Err(corrupt(format!("a script answered {answer:?}"))),
    }
}
