//! Workers that complete and claim, as fast as they are answered.

use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use popkit_protocol::{IdSource as _, LeaseToken, Outcome, RandomIds};
use popkit_store::{Claim, StepRequest, TaskStore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Failure;
use crate::fixture::{self, Shape};

/// What a run measured.
#[derive(Debug)]
pub struct Measured {
    /// Nanoseconds of each complete+claim.
    pub histogram: Histogram<u64>,
    /// How many a second, all workers together.
    pub per_second: f64,
}

impl Measured {
    /// A percentile in microseconds.
    #[must_use]
    pub fn micros(&self, percentile: f64) -> f64 {
        Duration::from_nanos(self.histogram.value_at_quantile(percentile / 100.0)).as_secs_f64()
            * 1e6
    }
}

/// Measures `steps` complete+claims, spread over `workers`. The backlog is topped up between
/// rounds, outside of what is measured.
///
/// # Errors
///
/// Those of the store, and a step that found nothing.
pub async fn run(
    store: &Arc<dyn TaskStore>,
    shape: Shape,
    workers: usize,
    steps: usize,
) -> Result<Measured, Failure> {
    // Rounds keep the backlog near what was asked for; each worker holds one task beside it.
    let round = (shape.backlog / 2).clamp(32, 4_000).max(workers * 8);
    fixture::add(&**store, shape.lanes, round + workers).await?;
    let mut histogram = Histogram::new(3)?;
    let mut spent = Duration::ZERO;
    let mut done = 0;
    // One round first that does not count: caches, the allocator, the clock of the processor.
    for number in 0..=steps.div_ceil(round) {
        let each = round / workers;
        let (found, took) = if workers == 1 {
            work(Arc::clone(store), shape, each).await?
        } else {
            share(store, shape, workers, each).await?
        };
        if number > 0 {
            spent += took;
            done += each * workers;
            histogram.add(found)?;
        }
        fixture::add(&**store, shape.lanes, each * workers + workers).await?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = done as f64 / spent.as_secs_f64();
    Ok(Measured { histogram, per_second })
}

async fn share(
    store: &Arc<dyn TaskStore>,
    shape: Shape,
    workers: usize,
    each: usize,
) -> Result<(Histogram<u64>, Duration), Failure> {
    let begun = Instant::now();
    let mut set = JoinSet::new();
    for _ in 0..workers {
        set.spawn(work(Arc::clone(store), shape, each));
    }
    let mut histogram = Histogram::new(3)?;
    while let Some(ended) = set.join_next().await {
        histogram.add(ended??.0)?;
    }
    Ok((histogram, begun.elapsed()))
}

async fn work(
    store: Arc<dyn TaskStore>,
    shape: Shape,
    steps: usize,
) -> Result<(Histogram<u64>, Duration), Failure> {
    let (profile, holder) = (fixture::profile(shape.lanes)?, RandomIds.holder());
    let lease = Duration::from_secs(600);
    let mut histogram = Histogram::new(3)?;
    let mut held: Option<LeaseToken> = None;
    let counted = Instant::now();
    for step in 0..=steps {
        let begun = Instant::now();
        let mut request = StepRequest::new(holder, 0, RandomIds.request());
        if let Some(token) = held.take() {
            request = request.with_finish(token, Outcome::Done { result: None });
        }
        // The last step only finishes, so that nothing stays assigned.
        if step < steps {
            request = request.with_claim(Claim::new(profile.clone(), 1, lease, &RandomIds));
        }
        let reply = store.step(request).await?;
        if step > 0 && step < steps {
            histogram.record(u64::try_from(begun.elapsed().as_nanos())?)?;
        }
        held = reply.leases.into_iter().next().map(|lease| lease.token);
        if held.is_none() && step < steps {
            return Err(format!("nothing to claim in step {step} of {steps}").into());
        }
    }
    Ok((histogram, counted.elapsed()))
}
