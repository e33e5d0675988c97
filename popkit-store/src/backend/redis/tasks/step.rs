//! The one operation of the task path.

use popkit_protocol::{
    Actor, Failure, LeaseToken, Outcome, TaskId, TaskState, Timestamp, TransitionError, Trigger,
};
use popkit_redis::{Invocation, Reply};
use serde::Serialize;

use super::call::{Caller, list, micros, number, part, text, until};
use super::lanes::{Eligible, Lanes};
use super::record::{leases, state};
use super::script::STEP;
use crate::backend::redis::classify::corrupt;
use crate::engine::short;
use crate::{Error, ErrorKind, Finish, Finished, LeaseLost, Result, StepReply, StepRequest};

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

pub(in crate::backend::redis) async fn step(caller: &Caller, lanes: &Lanes, request: StepRequest) -> Result<StepReply> {
    for _ in 0..TRIES {
        let eligible = match &request.claim {
            Some(claim) => lanes.eligible(&claim.profile),
            None => Eligible { version: "0".into(), lanes: "".into() },
        };
        let call = invocation(caller, &request, &eligible)?;
        let mut reply = list(caller.eval("step", &STEP, call).await?)?;
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

/// Lanes came faster than they could be learned of: nothing was done.
pub(in crate::backend::redis) fn busy() -> Error {
    Error::new(ErrorKind::Unavailable, "lanes are registered faster than they can be read")
}

fn invocation(caller: &Caller, request: &StepRequest, eligible: &Eligible) -> Result<Invocation> {
    let slot = format!("s:{}:{}", request.holder, request.slot);
    let call = caller
        .begin(Some(&slot))
        .arg(&*eligible.version)
        .arg(request.request.to_string())
        .arg(request.holder.to_string());
    let call = match &request.claim {
        Some(claim) => call
            .arg(claim.profile.agent().as_str())
            .arg(micros(claim.lease))
            .arg(&*eligible.lanes)
            .arg(claim.ids.len())
            .args(claim.ids.iter().map(ToString::to_string)),
        None => call.arg("").arg("").arg("").arg(0_u64),
    };
    request.finish.iter().try_fold(call, finish)
}

/// How an outcome is told: a letter, a delay, a text.
fn finish(call: Invocation, Finish { token, outcome }: &Finish) -> Result<Invocation> {
    let (how, delay, text) = match outcome {
        Outcome::Done { result } => {
            // No result and the result null are one and the same once written.
            let result = result.as_ref().filter(|json| !json.is_null());
            ("d", None, result.map(|json| json.as_str().to_owned()).unwrap_or_default())
        }
        Outcome::Retry { delay, error } => ("r", delay.map(micros), failure(error)?),
        Outcome::Fail { error } => ("f", None, failure(error)?),
        Outcome::Snooze { delay } => ("s", Some(micros(*delay)), String::new()),
        Outcome::Cancel { reason } => ("c", None, Decision::json(Actor::Holder, reason.clone())?),
        Outcome::Pause { reason } => ("p", None, Decision::json(Actor::Holder, reason.clone())?),
        _ => ("l", None, String::new()),
    };
    let delay = delay.map(|micros| micros.to_string()).unwrap_or_default();
    Ok(guarded(call, token).arg(how).arg(delay).arg(text))
}

/// What proves a lease.
pub(super) fn guarded(call: Invocation, token: &LeaseToken) -> Invocation {
    call.arg(token.task.as_str()).arg(token.fence.number()).arg(token.claim.to_string())
}

/// Made anew, within its limits: its fields are public.
fn failure(error: &Failure) -> Result<String> {
    to_json(&Failure::new(error.kind.as_str(), error.text.as_str()))
}

fn answer(finishes: &[Finish], mut reply: std::vec::IntoIter<Reply>) -> Result<StepReply> {
    let (now, next) = (text(&mut reply)?, text(&mut reply)?);
    let mut answers = list(part(&mut reply)?)?;
    let mut finished = Vec::with_capacity(finishes.len());
    for Finish { token, .. } in finishes {
        finished.push(told(&token.task, &text(&mut answers)?)?);
    }
    let next_due = until(&now, &next)?;
    let now = Timestamp::from_micros(number("the time", &now)?);
    Ok(StepReply { finished, leases: leases(part(&mut reply)?, now)?, next_due })
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
            let held_by =
                if agent.is_empty() { None } else { Some(super::record::token(agent)?) };
            Ok(LeaseLost { task: task.clone(), state: Some(state), held_by, attempt })
        }
        _ => Err(corrupt(format!("a script answered {answer:?}"))),
    }
}
