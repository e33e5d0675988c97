//! The promises, each a median of several runs; what is held against a floor is measured in
//! turn with it.

use std::time::Duration;

use popkit_benches::Failure;
use popkit_benches::fixture::Shape;
use popkit_benches::redis::Drain;

use crate::{Bench, pace, say};

/// The lease of a worker that says nothing of it.
const LEASE: Duration = Duration::from_secs(15);

impl Bench {
    pub(crate) fn promises(&self) -> Result<(), Failure> {
        say("\n| promise | median | lowest | highest | bound |\n|---|--:|--:|--:|--:|")?;
        let (steps, pings) = (self.args.steps.div_ceil(4), self.args.pings);
        let base = Shape { lanes: 4, backlog: 1_000, unclaimable: 0 };
        self.line("round trips per task", "1.00", || {
            let found = self.alone(4, steps)?;
            // What the wire counts and what the server has run.
            if found.scripts != found.round_trips || found.commands != found.round_trips {
                return Err(format!("counts differ: {found:?}").into());
            }
            Ok(ratio(found.round_trips, found.tasks))
        })?;
        self.line("server time of the minimal script, lanes: 1, in µs, p50", "", || {
            self.floor(async |floor| {
                self.server.reset();
                floor.claim(1, steps).await
            })?;
            Ok(self.server.stats().median("evalsha"))
        })?;
        for (lanes, bound) in [(1, "<= 30"), (64, "<= 100")] {
            let what = format!("server time per complete+claim, lanes: {lanes}, in µs");
            self.line(&what, bound, || Ok(self.alone(lanes, steps)?.server))?;
            // The mean grows where others take the processor from the server.
            self.line(&format!("{what}, p50"), bound, || {
                Ok(self.alone(lanes, steps)?.server_median)
            })?;
            // The same, where the server never sleeps in between.
            let shape = Shape { lanes, ..base };
            let busy = Drain { workers: 32, ..Drain::alone(shape, self.args.steps) };
            self.line(&format!("{what}, 32 workers"), bound, || Ok(self.drain(busy)?.server))?;
        }
        self.line("complete+claim p50 / minimal script's", "<= 1.5", || {
            let floor = self.floor(async |floor| floor.claim(1, steps).await)?;
            Ok(self.alone(1, steps)?.measured.micros(50.0) / floor.micros(50.0))
        })?;
        let crew = |workers, batch| Drain {
            workers,
            batch,
            steps: self.args.steps / if batch == 1 { 1 } else { 4 },
            ..Drain::alone(base, 0)
        };
        for (batch, how) in [(1, "one by one"), (16, "in batches of 16")] {
            self.line(&format!("32 workers, {how}: rate x server time"), ">= 0.7", || {
                Ok(self.drain(crew(32, batch))?.share())
            })?;
            self.line(&format!("{how}: rate of 64 workers / of 8"), ">= 1", || {
                let few = self.drain(crew(8, batch))?.measured.per_second;
                Ok(self.drain(crew(64, batch))?.measured.per_second / few)
            })?;
        }
        self.line("parked pickup p50 / LPUSH to BLPOP", "<= 1.3", || {
            let floor = self.floor(async |floor| floor.list(pings, pace()).await)?;
            Ok(self.pickup()?.micros(50.0) / floor.micros(50.0))
        })?;
        self.line("publish to receive p50 / plain pub/sub", "<= 1.3", || {
            let floor = self.floor(async |floor| floor.channel(pings, pace()).await)?;
            Ok(self.publish()?.micros(50.0) / floor.micros(50.0))
        })?;
        self.once("commands of a parked worker in 5 s", "<= 1", || self.idle(LEASE))
    }

    fn line(
        &self,
        what: &str,
        bound: &str,
        mut run: impl FnMut() -> Result<f64, Failure>,
    ) -> Result<(), Failure> {
        self.lines(what, bound, self.args.runs, &mut run)
    }

    /// A promise that nothing else on the machine touches.
    fn once(
        &self,
        what: &str,
        bound: &str,
        mut run: impl FnMut() -> Result<f64, Failure>,
    ) -> Result<(), Failure> {
        self.lines(what, bound, 1, &mut run)
    }

    fn lines(
        &self,
        what: &str,
        bound: &str,
        runs: usize,
        run: &mut dyn FnMut() -> Result<f64, Failure>,
    ) -> Result<(), Failure> {
        if self.args.only.as_ref().is_some_and(|only| !what.contains(only.as_str())) {
            return Ok(());
        }
        let mut found = (0..runs).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
        found.sort_by(f64::total_cmp);
        let at = |place: usize| found.get(place).copied().unwrap_or(f64::NAN);
        let (lowest, median, highest) = (at(0), at(found.len() / 2), at(found.len() - 1));
        say(format!("| {what} | {median:.2} | {lowest:.2} | {highest:.2} | {bound} |"))
    }
}

#[allow(clippy::cast_precision_loss, reason = "a figure for people")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}
