//! One of the racing processes. It writes down what it tries and what it is told. It does
//! not obey a lost lease: a zombie's writes must be refused by the store alone.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use popkit_protocol::{HolderId, IdSource as _, Lease, LeaseToken, Outcome, RandomIds};
use popkit_store::{
    Beat, Claim, CountQuery, Finished, Heartbeat, StepReply, StepRequest, TaskStore, Waiter,
};
use serde::{Deserialize, Serialize};

use crate::{Args, Dice, Failure, job};

/// A line of a process's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Started { holder: HolderId },
    Trying { token: LeaseToken },
    Accepted { token: LeaseToken },
    Refused { token: LeaseToken },
}

struct Notes(File);

impl Notes {
    fn add(&mut self, line: &Line) -> Result<(), Failure> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        // One write per line: a kill leaves whole lines.
        Ok(self.0.write_all(&text)?)
    }
}

pub(crate) async fn run(args: &Args, number: usize, history: &Path) -> Result<(), Failure> {
    let url = args.store.as_deref().unwrap_or_default();
    let store = popkit_store::open(url).await?.tasks;
    let profile = job::profile(number)?;
    let holder = RandomIds.holder();
    let mut notes = Notes(OpenOptions::new().create(true).append(true).open(history)?);
    notes.add(&Line::Started { holder })?;
    let mut dice = Dice(args.seed ^ u64::from(std::process::id()));
    let mut ended: Option<LeaseToken> = None;
    loop {
        let claim = Claim::new(profile.clone(), 1, args.lease(), &RandomIds);
        let mut request = StepRequest::new(holder, 0, RandomIds.request());
        if let Some(token) = &ended {
            notes.add(&Line::Trying { token: token.clone() })?;
            request = request.with_finish(token.clone(), Outcome::Done { result: None });
        }
        let reply = insist(&*store, request.with_claim(claim.clone()), &mut dice).await?;
        if let Some(token) = ended.take() {
            notes.add(&match reply.finished.first() {
                Some(Finished::Accepted(_)) => Line::Accepted { token },
                _ => Line::Refused { token },
            })?;
        }
        match reply.leases.into_iter().next() {
            Some(lease) => ended = Some(work(&*store, args, holder, lease, &mut dice).await),
            None if store.counts(CountQuery::default()).await?.open() == 0 => return Ok(()),
            None => {
                let timeout = Duration::from_millis(200);
                store.wait(Waiter::new(holder, 0, claim, timeout)).await?;
            }
        }
    }
}

/// Repeats a step, under its request id, until it is answered.
async fn insist(
    store: &dyn TaskStore,
    request: StepRequest,
    dice: &mut Dice,
) -> Result<StepReply, Failure> {
    loop {
        match store.step(request.clone()).await {
            Err(error) if error.is_retryable() => {
                tokio::time::sleep(Duration::from_millis(1 + dice.below(20))).await;
            }
            result => return Ok(result?),
        }
    }
}

/// Works for a while and beats meanwhile; whatever the heartbeat says, it goes on.
async fn work(
    store: &dyn TaskStore,
    args: &Args,
    holder: HolderId,
    lease: Lease,
    dice: &mut Dice,
) -> LeaseToken {
    let beats = async {
        loop {
            tokio::time::sleep(args.lease() / 3).await;
            let beat = Heartbeat::new(holder, args.lease()).with(Beat::new(lease.token.clone()));
            // A beat that fails is made up for by the next.
            let _ = store.heartbeat(beat).await;
        }
    };
    let span = Duration::from_micros(dice.below(args.work_ms * 1000));
    let _ = tokio::time::timeout(span, beats).await;
    lease.token
}
