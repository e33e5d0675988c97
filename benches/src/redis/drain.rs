//! Workers that complete and claim in steady state, with what the server spent on it.

use std::time::Duration;

use hdrhistogram::Histogram;
use popkit_protocol::{HolderId, IdSource as _, LeaseToken, Outcome, Profile, RandomIds};
use popkit_store::{Claim, RedisStore, StepRequest, TaskStore as _};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Server;
use crate::Failure;
use crate::fixture::{self, Shape, profile};
use crate::load::Measured;

/// A lease that does not end while it is measured.
const LEASE: Duration = Duration::from_secs(600);

/// What is drained, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Drain {
    /// The queue. Its backlog stands beneath what is drained.
    pub shape: Shape,
    /// Workers at the same time, each with one step in flight.
    pub workers: usize,
    /// Handles, each with connections of its own, over which the workers are spread.
    pub handles: usize,
    /// Tasks that a step completes and claims.
    pub batch: usize,
    /// Steps of all workers together, about.
    pub steps: usize,
}

impl Drain {
    /// One worker, one task at a time.
    #[must_use]
    pub const fn alone(shape: Shape, steps: usize) -> Self {
        Self { shape, workers: 1, handles: 1, batch: 1, steps }
    }
}

/// What was found, of the steps that both complete and claim, and of nothing else.
#[derive(Debug)]
pub struct Drained {
    /// The steps; the rate is that of tasks.
    pub measured: Measured,
    /// Tasks that were completed.
    pub tasks: u64,
    /// What a step has cost the server in the mean, in microseconds.
    pub server: f64,
    /// The same, of the step in the middle.
    pub server_median: f64,
    /// Scripts that the server was asked to run.
    pub scripts: u64,
    /// Round trips and commands, as the stores' wires count them.
    pub round_trips: u64,
    /// See `round_trips`.
    pub commands: u64,
}

impl Drained {
    /// The rate of tasks as a share of what the server's time would allow.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn share(&self) -> f64 {
        let each = self.tasks as f64 / self.scripts as f64;
        self.measured.per_second / each * self.server / 1e6
    }
}

struct Worker {
    store: RedisStore,
    profile: Profile,
    holder: HolderId,
    batch: usize,
    held: Vec<LeaseToken>,
    histogram: Histogram<u64>,
}

impl Worker {
    async fn step(&mut self, claims: usize) -> Result<(), Failure> {
        let mut request = StepRequest::new(self.holder, 0, RandomIds.request());
        for token in self.held.drain(..) {
            request = request.with_finish(token, Outcome::Done { result: None });
        }
        if claims > 0 {
            let claim = Claim::new(self.profile.clone(), claims, LEASE, &RandomIds);
            request = request.with_claim(claim);
        }
        let reply = self.store.step(request).await?;
        self.held.extend(reply.leases.into_iter().map(|lease| lease.token));
        if self.held.len() == claims {
            Ok(())
        } else {
            Err(format!("{} of {claims} tasks to claim", self.held.len()).into())
        }
    }

    async fn work(mut self, steps: usize) -> Result<Self, Failure> {
        for _ in 0..steps {
            let begun = Instant::now();
            self.step(self.batch).await?;
            self.histogram.record(u64::try_from(begun.elapsed().as_nanos())?)?;
        }
        Ok(self)
    }
}

/// Fills the server, which must be empty, and drains it.
///
/// # Errors
///
/// Those of the store, and a step that found too little.
pub async fn drain(server: &Server, load: Drain) -> Result<Drained, Failure> {
    let Drain { shape, workers, handles, batch, .. } = load;
    let each = load.steps.div_ceil(workers);
    let mut stores = Vec::new();
    for _ in 0..handles {
        stores.push(server.store().await?);
    }
    let first = stores.first().ok_or("a load without a handle")?;
    // A tenth is done first, and does not count.
    let tasks = (each + each.div_ceil(10) + 1) * workers * batch;
    fixture::fill(first, Shape { backlog: shape.backlog + tasks, ..shape }).await?;
    let mut crew = Vec::new();
    for store in stores.iter().cycle().take(workers) {
        let mut worker = Worker {
            store: store.clone(),
            profile: profile(shape.lanes)?,
            holder: RandomIds.holder(),
            batch,
            held: Vec::new(),
            histogram: Histogram::new(3)?,
        };
        worker.step(batch).await?;
        crew.push(worker);
    }
    let (mut crew, _) = all(crew, each.div_ceil(10)).await?;
    for worker in &mut crew {
        worker.histogram.reset();
    }
    server.reset();
    let before = counted(&stores);
    let (crew, spent) = all(crew, each).await?;
    let (stats, after) = (server.stats(), counted(&stores));
    let mut histogram = Histogram::new(3)?;
    for mut worker in crew {
        histogram.add(&worker.histogram)?;
        worker.step(0).await?;
    }
    for store in stores {
        store.close().await?;
    }
    let tasks = u64::try_from(each * workers * batch)?;
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = tasks as f64 / spent.as_secs_f64();
    Ok(Drained {
        measured: Measured { histogram, per_second },
        tasks,
        server: stats.micros("evalsha"),
        server_median: stats.median("evalsha"),
        scripts: stats.calls("evalsha"),
        round_trips: after.0 - before.0,
        commands: after.1 - before.1,
    })
}

fn counted(stores: &[RedisStore]) -> (u64, u64) {
    let both = stores.iter().map(|store| (store.round_trips(), store.commands()));
    both.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

async fn all(crew: Vec<Worker>, steps: usize) -> Result<(Vec<Worker>, Duration), Failure> {
    let begun = Instant::now();
    let mut set: JoinSet<_> = crew.into_iter().map(|worker| worker.work(steps)).collect();
    let mut crew = Vec::new();
    while let Some(ended) = set.join_next().await {
        crew.push(ended??);
    }
    Ok((crew, begun.elapsed()))
}

#[cfg(test)]
mod tests {
    use popkit_testkit::Aof;

    use super::*;

    /// Round trips, commands and scripts of a load.
    async fn counts(server: &Server, workers: usize, batch: usize) -> [u64; 3] {
        let shape = Shape { lanes: 4, backlog: 16, unclaimable: 16 };
        let load = Drain { shape, workers, handles: 1, batch, steps: 24 };
        server.clear();
        let found = drain(server, load).await.unwrap();
        assert_eq!(found.tasks, 24 * batch as u64);
        assert_eq!(found.measured.histogram.len(), 24);
        [found.round_trips, found.commands, found.scripts]
    }

    #[tokio::test]
    async fn a_task_is_completed_and_the_next_claimed_in_one_round_trip() {
        let server = Server::start(Aof::Off);
        assert_eq!(counts(&server, 1, 1).await, [24; 3]);
        assert_eq!(counts(&server, 8, 1).await, [24; 3]);
        assert_eq!(counts(&server, 1, 16).await, [24; 3]);
    }
}
