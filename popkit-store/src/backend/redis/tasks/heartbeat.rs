//! Renewing leases.

use popkit_protocol::Progress;

use super::call::{Caller, list, micros, part, text, until};
use super::record::state;
use super::script::HEARTBEAT;
use super::step::{guarded, lost, to_json};
use crate::{Heartbeat, HeartbeatReply, Result};

pub(super) async fn heartbeat(caller: &Caller, beat: Heartbeat) -> Result<HeartbeatReply> {
    let mut call = caller.begin(None).arg(micros(beat.lease));
    for one in &beat.held {
        let checkpoint = one.checkpoint.as_ref().map_or("", |json| json.as_str());
        // Made anew: its fields are public, and a number that is none has no JSON.
        let progress = one.progress.as_ref();
        let progress = progress.map(|p| to_json(&Progress::new(p.fraction, p.note.as_str())));
        call = guarded(call, &one.token)
            .arg(checkpoint)
            .arg(progress.transpose()?.unwrap_or_default());
    }
    let mut reply = list(caller.eval("heartbeat", &HEARTBEAT, call).await?)?;
    let _ok = text(&mut reply)?;
    let (now, next) = (text(&mut reply)?, text(&mut reply)?);
    let mut answers = list(part(&mut reply)?)?;
    let mut told = HeartbeatReply { next_due: until(&now, &next)?, ..HeartbeatReply::default() };
    for one in beat.held {
        let answer = text(&mut answers)?;
        match answer.strip_prefix("ok ") {
            Some(letter) => told.renewed.push((one.token.task, state(letter)?)),
            None => told.lost.push(lost(&one.token.task, &answer)?),
        }
    }
    Ok(told)
}
