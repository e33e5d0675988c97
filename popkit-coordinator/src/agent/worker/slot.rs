//! One slot: report, claim, execute; wait where there is nothing.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Lease, LeaseToken, Outcome};
use popkit_store::{
    Beat, Claim, Error, Finished, Heartbeat, OutcomeKind, Result, StepReply, StepRequest, Waiter,
};
use tokio::time::Instant;

use super::attempt::attempt;
use super::backoff::Pause;
use super::run::Run;

pub(super) struct Slot {
    number: u32,
    run: Arc<Run>,
    pause: Pause,
}

impl Slot {
    pub(super) fn new(number: u32, run: Arc<Run>) -> Self {
        Self { number, run, pause: Pause::default() }
    }

    pub(super) async fn run(mut self) -> Result<()> {
        let mut ended: Option<(LeaseToken, Outcome)> = None;
        loop {
            let draining = self.run.drain.is_cancelled();
            if draining && ended.is_none() {
                return Ok(());
            }
            let sent = Instant::now();
            let (reply, sent) = self.step(ended.take(), !draining, sent).await?;
            let Some(lease) = reply.leases.into_iter().next() else {
                if let Some((lease, sent)) = self.wait(reply.next_due).await? {
                    ended = self.work(lease, sent).await;
                }
                continue;
            };
            ended = self.work(lease, sent).await;
        }
    }

    async fn work(&self, lease: Lease, sent: Instant) -> Option<(LeaseToken, Outcome)> {
        self.run.tally.claimed();
        let token = lease.token.clone();
        match attempt(&self.run, self.number, lease, sent).await {
            Some(outcome) => Some((token, outcome)),
            None => {
                self.run.tally.lost();
                None
            }
        }
    }

    fn claim(&self) -> Claim {
        let settings = &self.run.settings;
        Claim::new(self.run.profile.clone(), 1, settings.lease, &*settings.ids)
    }

    /// Reports the last outcome and asks for the next task, in one step. Repeats the step,
    /// under the same request id, until it is answered. Also answers when the step that was
    /// answered was sent.
    async fn step(
        &mut self,
        ended: Option<(LeaseToken, Outcome)>,
        more: bool,
        mut sent: Instant,
    ) -> Result<(StepReply, Instant)> {
        let run = Arc::clone(&self.run);
        let mut request = StepRequest::new(run.holder, self.number, run.settings.ids.request());
        let outcome = ended.as_ref().map(|(_, outcome)| outcome.clone());
        if let Some((token, outcome)) = ended {
            request = request.with_finish(token, outcome);
        }
        if more {
            request = request.with_claim(self.claim());
        }
        let gives_up_at = Instant::now() + run.settings.lease;
        loop {
            match run.store.step(request.clone()).await {
                Ok(reply) => {
                    self.pause.reset();
                    self.note(outcome.as_ref(), &reply);
                    return Ok((reply, sent));
                }
                Err(error) if is_temporary(&error) => {
                    // The lease is over by then: whoever rescues it will carry on.
                    if run.drain.is_cancelled() && Instant::now() > gives_up_at {
                        return Err(error);
                    }
                    tracing::warn!(%error, slot = self.number, "step failed, trying again");
                    tokio::time::sleep(self.pause.next(&*run.settings.ids)).await;
                    // A lost reply is replayed with what is left of the lease, so the new
                    // instant is right for both cases.
                    sent = Instant::now();
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn note(&self, outcome: Option<&Outcome>, reply: &StepReply) {
        let Some(outcome) = outcome else { return };
        match reply.finished.first() {
            Some(Finished::Accepted(state)) => self.run.tally.ended(outcome, *state),
            Some(Finished::Lost(lost)) => {
                tracing::warn!(%lost, "the outcome came too late");
                self.run.tally.lost();
            }
            Some(Finished::Refused(refusal)) => {
                tracing::warn!(%refusal, "the outcome was refused");
                self.run.tally.lost();
            }
            _ => {}
        }
    }

    /// Waits until there may be work. A hand-off brings its lease: when that began is
    /// unknown, so it is renewed before the work begins.
    async fn wait(&mut self, next_due: Option<Duration>) -> Result<Option<(Lease, Instant)>> {
        let run = Arc::clone(&self.run);
        let longest = run.settings.longest_wait;
        let limit = next_due.map_or(longest, |due| due.min(longest));
        let waiter = Waiter::new(run.holder, self.number, self.claim(), limit);
        let woken = tokio::select! {
            woken = run.store.wait(waiter) => woken,
            () = run.drain.cancelled() => return Ok(None),
        };
        match woken {
            Ok(wake) => {
                let Some(lease) = wake.leases.into_iter().next() else { return Ok(None) };
                let sent = Instant::now();
                let beat = Heartbeat::new(run.holder, run.settings.lease)
                    .with(Beat::new(lease.token.clone()));
                let renewed = run.store.heartbeat(beat).await;
                Ok(renewed.is_ok_and(|reply| reply.lost.is_empty()).then_some((lease, sent)))
            }
            Err(error) if is_temporary(&error) => {
                tracing::warn!(%error, slot = self.number, "waiting failed, trying again");
                tokio::time::sleep(self.pause.next(&*run.settings.ids)).await;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether time may cure it: an unknown outcome is settled by asking again.
fn is_temporary(error: &Error) -> bool {
    error.is_retryable() || error.outcome() == OutcomeKind::Unknown
}
