//! One of the racing processes. It writes down what it tries and what it is told. It does
//! not obey a lost lease: a zombie's writes must be refused by the store alone.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::time::Duration;

use popkit_protocol::{HolderId, IdSource as _, Lease, LeaseToken, Outcome, RandomIds};
use popkit_store::{Beat, Claim, CountQuery, Finished, Heartbeat, StepRequest, TaskStore, Waiter};
use serde::{Deserialize, Serialize};

use crate::{Args, Dice, Failure, job};

/// How long a process waits for work before it asks for it.
const WAIT: Duration = Duration::from_millis(500);

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
    let mut dice = Dice(args.seed ^ u64::from(std::process::id()));
    let mut insist = Insist { parent: parent_id(), dice: &mut dice };
    let store = insist.on(|| popkit_store::open(url)).await?.tasks;
    let profile = job::profile(number)?;
    let holder = RandomIds.holder();
    let mut notes = Notes(OpenOptions::new().create(true).append(true).open(history)?);
    notes.add(&Line::Started { holder })?;
    let mut ended: Option<LeaseToken> = None;
    loop {
        let claim = Claim::new(profile.clone(), 1, args.lease(), &RandomIds);
        let mut request = StepRequest::new(holder, 0, RandomIds.request());
        if let Some(token) = &ended {
            notes.add(&Line::Trying { token: token.clone() })?;
            request = request.with_finish(token.clone(), Outcome::Done { result: None });
        }
        let request = request.with_claim(claim.clone());
        // Under the same request id, until it is answered.
        let reply = insist.on(|| store.step(request.clone())).await?;
        if let Some(token) = ended.take() {
            notes.add(&match reply.finished.first() {
                Some(Finished::Accepted(_)) => Line::Accepted { token },
                _ => Line::Refused { token },
            })?;
        }
        let mut leases = reply.leases;
        if leases.is_empty() {
            if insist.on(|| store.counts(CountQuery::default())).await?.open() == 0 {
                return Ok(());
            }
            match store.wait(Waiter::new(holder, 0, claim, WAIT)).await {
                Ok(wake) => leases = wake.leases,
                // What it was handed meanwhile, if anything, is rescued.
                Err(error) if error.is_retryable() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(lease) = leases.pop() {
            ended = Some(work(&*store, args, holder, lease, insist.dice).await);
        }
    }
}

/// Makes a call until it is answered, as long as whoever started this process is there.
struct Insist<'d> {
    parent: u32,
    dice: &'d mut Dice,
}

impl Insist<'_> {
    async fn on<T, F>(&mut self, mut call: impl FnMut() -> F) -> Result<T, Failure>
    where
        F: Future<Output = popkit_store::Result<T>>,
    {
        loop {
            match call().await {
                Err(error) if error.is_retryable() && parent_id() == self.parent => {
                    tokio::time::sleep(Duration::from_millis(1 + self.dice.below(20))).await;
                }
                result => return Ok(result?),
            }
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
    let mut span = Duration::from_micros(dice.below(args.work_ms * 1000));
    if lease.task.attempt > 1 {
        // Long enough that a zombie comes back while its task is another's.
        span += args.lease();
    }
    let _ = tokio::time::timeout(span, beats).await;
    lease.token
}
