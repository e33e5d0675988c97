//! One slot: report, claim, execute; wait where there is nothing.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Failure, Lease, LeaseToken, Outcome};
use popkit_store::{
    Beat, Claim, Error, ErrorKind, Finished, Heartbeat, OutcomeKind, Result, StepReply,
    StepRequest, Waiter,
};
use tokio::time::{Instant, sleep, timeout};

use super::attempt::attempt;
use super::backoff::Pause;
use super::run::Run;

pub(super) struct Slot {
    number: u32,
    run: Arc<Run>,
    pause: Pause,
    /// Of its own: a store that answers steps but not waits is to be polled ever more
    /// slowly.
    wait_pause: Pause,
}

/// An outcome to report.
type Ended = (LeaseToken, Outcome);

impl Slot {
    pub(super) fn new(number: u32, run: Arc<Run>) -> Self {
        Self { number, run, pause: Pause::default(), wait_pause: Pause::default() }
    }

    pub(super) async fn run(mut self) -> Result<()> {
        let mut ended: Option<Ended> = None;
        loop {
            if self.run.drain.is_cancelled() && ended.is_none() {
                return Ok(());
            }
            let token = ended.as_ref().map(|(token, _)| token.clone());
            let answer = self.report(ended.take()).await;
            // Held until here, so that the lease outlives a report that takes several tries.
            if let Some(token) = token {
                self.run.held.remove(&token);
            }
            let Some((reply, sent)) = answer? else { return Ok(()) };
            let found = match reply.leases.into_iter().next() {
                Some(lease) => Some((lease, sent)),
                None => self.wait(reply.next_due).await?,
            };
            if let Some((lease, sent)) = found {
                ended = self.work(lease, sent).await;
            }
        }
    }

    async fn work(&self, lease: Lease, sent: Instant) -> Option<Ended> {
        let token = lease.token.clone();
        if self.run.drain.is_cancelled() {
            // The claim was on its way when the drain began.
            return Some((token, Outcome::Release));
        }
        self.run.tally.claimed();
        if let Some(telling) = &self.run.telling {
            telling.begins(&token, &lease.task);
        }
        let outcome = attempt(&self.run, self.number, lease, sent).await;
        if let Some(telling) = &self.run.telling {
            telling.stops(&token);
        }
        match outcome {
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

    fn request(&self, ended: Option<Ended>, more: bool) -> StepRequest {
        let ids = &self.run.settings.ids;
        let mut request = StepRequest::new(self.run.holder, self.number, ids.request());
        if let Some((token, outcome)) = ended {
            request = request.with_finish(token, outcome);
        }
        if more && !self.run.drain.is_cancelled() {
            request = request.with_claim(self.claim());
        }
        request
    }

    /// Reports, and where the store refuses the outcome for what it is, reports that: a
    /// result that is too large for this store is its task's failure, not the worker's.
    async fn report(&mut self, ended: Option<Ended>) -> Result<Option<(StepReply, Instant)>> {
        let fallback = ended.as_ref().and_then(|(token, outcome)| {
            (!matches!(outcome, Outcome::Fail { .. })).then(|| token.clone())
        });
        match (self.step(ended, true).await, fallback) {
            (Err(error), Some(token)) if is_about_the_outcome(&error) => {
                let outcome = Outcome::fail(format!("the store refused the outcome: {error}"));
                self.step(Some((token, outcome)), true).await
            }
            // An attempt that ends while its task is paused, say. Left alone, the task would
            // be rescued as abandoned; what was claimed beside it is kept.
            (Ok(Some((reply, sent))), Some(token)) if is_refused(&reply) => {
                let error = Failure::new("refused", "the outcome does not fit the task's state");
                self.step(Some((token, Outcome::Retry { delay: None, error })), false).await?;
                Ok(Some((reply, sent)))
            }
            (answer, _) => answer,
        }
    }

    /// Reports the last outcome and asks for the next task, in one step. Repeats the step,
    /// under the same request id, until it is answered. Also answers when the step that was
    /// answered was sent. `None` where a drain makes the answer needless.
    async fn step(
        &mut self,
        ended: Option<Ended>,
        more: bool,
    ) -> Result<Option<(StepReply, Instant)>> {
        let run = Arc::clone(&self.run);
        let outcome = ended.clone();
        let request = self.request(ended, more);
        let mut gives_up_at: Option<Instant> = None;
        // Whether there is something to report, or to give back.
        let mut matters = outcome.is_some();
        loop {
            // Each try anew: a lost reply is replayed with what is left of the lease.
            let sent = Instant::now();
            let error = match timeout(run.settings.lease, run.store.step(request.clone())).await {
                Ok(Ok(reply)) => {
                    self.pause.reset();
                    self.note(outcome.as_ref(), &reply);
                    return Ok(Some((reply, sent)));
                }
                Ok(Err(error)) if is_temporary(&error) => error,
                Ok(Err(error)) => return Err(error),
                Err(_) => Error::new(ErrorKind::Timeout, "no answer for a whole lease").unknown(),
            };
            matters |= error.outcome() == OutcomeKind::Unknown;
            if matters || !run.drain.is_cancelled() {
                tracing::warn!(%error, slot = self.number, "step failed, trying again");
                let delay = self.pause.next(&*run.settings.ids);
                self.rest(delay, &error, gives_up_at.unwrap_or(sent)).await;
            }
            if run.drain.is_cancelled() {
                if !matters {
                    return Ok(None);
                }
                // The lease is renewed until then; whoever rescues it will carry on.
                let until = *gives_up_at.get_or_insert_with(|| Instant::now() + run.settings.lease);
                if Instant::now() >= until {
                    return Err(error);
                }
            }
        }
    }

    /// Waits before the next try, at least as long as the store asked for. The beginning of
    /// a drain cuts it short, and within a drain it ends at `gives_up_at`.
    async fn rest(&self, delay: Duration, error: &Error, gives_up_at: Instant) {
        let delay = delay.max(error.retry_after().unwrap_or_default());
        if self.run.drain.is_cancelled() {
            sleep(delay.min(gives_up_at.saturating_duration_since(Instant::now()))).await;
            return;
        }
        tokio::select! {
            () = sleep(delay) => {}
            () = self.run.drain.cancelled() => {}
        }
    }

    fn note(&self, ended: Option<&Ended>, reply: &StepReply) {
        let Some((token, outcome)) = ended else { return };
        match reply.finished.first() {
            Some(Finished::Accepted(state)) => {
                self.run.tally.ended(outcome, *state);
                if let Some(telling) = &self.run.telling {
                    telling.ended(token.task.clone(), outcome, *state);
                }
            }
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

    /// Waits until there may be work.
    async fn wait(&mut self, next_due: Option<Duration>) -> Result<Option<(Lease, Instant)>> {
        let run = Arc::clone(&self.run);
        let longest = run.settings.longest_wait;
        let limit = next_due.map_or(longest, |due| due.min(longest));
        let waiter = Waiter::new(run.holder, self.number, self.claim(), limit);
        // A store that keeps its waiters beyond their time has forgotten them.
        let patience = limit + run.settings.lease;
        let woken = tokio::select! {
            biased;
            () = run.drain.cancelled() => return Ok(None),
            woken = timeout(patience, run.store.wait(waiter)) => woken,
        };
        match woken {
            Ok(Ok(wake)) => {
                self.wait_pause.reset();
                match wake.leases.into_iter().next() {
                    Some(lease) => self.renew(lease).await,
                    None => Ok(None),
                }
            }
            Ok(Err(error)) if is_temporary(&error) => {
                tracing::warn!(%error, slot = self.number, "waiting failed, trying again");
                let delay = self.wait_pause.next(&*run.settings.ids);
                self.rest(delay, &error, Instant::now()).await;
                Ok(None)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => {
                tracing::warn!(slot = self.number, "a wait did not end in time");
                Ok(None)
            }
        }
    }

    /// When a lease that was handed off began is unknown, so it is renewed before the work
    /// begins. `None` where it is lost.
    async fn renew(&self, mut lease: Lease) -> Result<Option<(Lease, Instant)>> {
        let run = &self.run;
        let length = run.settings.lease;
        let gives_up_at = Instant::now() + length;
        let mut pause = Pause::default();
        loop {
            let sent = Instant::now();
            let beat = Heartbeat::new(run.holder, length).with(Beat::new(lease.token.clone()));
            match timeout(length / 3, run.store.heartbeat(beat)).await {
                Ok(Ok(reply)) if reply.lost.is_empty() => {
                    lease.remaining = length;
                    return Ok(Some((lease, sent)));
                }
                Ok(Ok(_)) => return Ok(None),
                Ok(Err(error)) if !is_temporary(&error) => return Err(error),
                _ if Instant::now() >= gives_up_at => return Ok(None),
                _ => sleep(pause.next(&*run.settings.ids)).await,
            }
        }
    }
}

/// Whether time may cure it: an unknown outcome is settled by asking again.
fn is_temporary(error: &Error) -> bool {
    error.is_retryable() || error.outcome() == OutcomeKind::Unknown
}

fn is_refused(reply: &StepReply) -> bool {
    matches!(reply.finished.first(), Some(Finished::Refused(_)))
}

fn is_about_the_outcome(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::PayloadTooLarge)
}
