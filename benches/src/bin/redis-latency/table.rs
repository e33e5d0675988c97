//! The big tables.

use std::time::Duration;

use popkit_benches::Failure;
use popkit_benches::fixture::Shape;
use popkit_benches::load::Measured;
use popkit_benches::redis::{Drain, Drained, idle};

use crate::{Bench, pace, runtime, say};

const BIG: usize = 100_000;
const BASE: Shape = Shape { lanes: 4, backlog: 1_000, unclaimable: 0 };

fn three(found: &Measured) -> String {
    let at = |percentile| found.micros(percentile);
    format!("{:.1} | {:.1} | {:.1}", at(50.0), at(99.0), at(99.9))
}

fn single(what: &str, found: &Measured) -> Result<(), Failure> {
    say(format!("| {what} | {} |", three(found)))
}

/// One row of the table of loads.
fn row(load: &Drain, found: &Drained) -> Result<(), Failure> {
    let Drain { shape, workers, handles, batch, .. } = load;
    say(format!(
        "| {workers} | {handles} | {batch} | {} | {} | {} | {} | {:.0} | {:.1} | {:.1} | {:.0} % |",
        shape.lanes,
        shape.backlog,
        shape.unclaimable,
        three(&found.measured),
        found.measured.per_second,
        found.server,
        found.server_median,
        found.share() * 100.0,
    ))
}

impl Bench {
    pub(crate) fn tables(&self) -> Result<(), Failure> {
        self.singles()?;
        say("\n| workers | handles | batch | lanes | backlog | unclaimable | p50 µs | p99 µs \
             | p99.9 µs | tasks/s | server µs/step | its p50 | of 1 / server time |\n\
             |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for load in self.loads() {
            row(&load, &self.drain(load)?)?;
        }
        self.counts()?;
        self.idles()
    }

    /// What is one thing at a time, and the floors.
    fn singles(&self) -> Result<(), Failure> {
        let (steps, pings) = (self.args.steps, self.args.pings);
        say("| what | p50 µs | p99 µs | p99.9 µs |\n|---|--:|--:|--:|")?;
        single("floor: PING", &self.floor(async |floor| floor.ping(steps).await)?)?;
        for lanes in [1, 64] {
            let found = self.floor(async |floor| floor.claim(lanes, steps).await)?;
            single(&format!("floor: minimal complete+claim script, lanes: {lanes}"), &found)?;
            let found = self.alone(lanes, steps)?;
            single(&format!("complete+claim, lanes: {lanes}"), &found.measured)?;
        }
        let list = self.floor(async |floor| floor.list(pings, pace()).await)?;
        single("floor: LPUSH to BLPOP, one way", &list)?;
        single("parked pickup: insert to lease in hand", &self.pickup()?)?;
        let channel = self.floor(async |floor| floor.channel(pings, pace()).await)?;
        single("floor: PUBLISH to subscriber", &channel)?;
        single("publish to receive", &self.publish()?)
    }

    fn loads(&self) -> Vec<Drain> {
        let steps = self.args.steps;
        let alone = |shape| Drain::alone(shape, steps);
        let mut loads: Vec<_> = [1, 4, 16, 64].map(|lanes| alone(Shape { lanes, ..BASE })).to_vec();
        loads.push(alone(Shape { backlog: BIG, ..BASE }));
        loads.push(alone(Shape { unclaimable: BIG, ..BASE }));
        for workers in [8, 32, 64] {
            for handles in [1, workers] {
                loads.push(Drain { workers, handles, ..alone(BASE) });
            }
        }
        for workers in [1, 8, 32, 64] {
            for handles in [1, workers].into_iter().take(workers.min(2)) {
                loads.push(Drain { workers, handles, batch: 16, steps: steps / 4, ..alone(BASE) });
            }
        }
        loads
    }

    fn counts(&self) -> Result<(), Failure> {
        say("\n| what | tasks | round trips | commands | scripts run by the server |\n\
             |---|--:|--:|--:|--:|")?;
        let steps = self.args.steps;
        let one = Drain::alone(BASE, steps);
        let loads = [
            ("one worker", one),
            ("8 workers", Drain { workers: 8, ..one }),
            ("one worker, batches of 16", Drain { batch: 16, steps: steps / 16, ..one }),
        ];
        for (what, load) in loads {
            let Drained { tasks, round_trips, commands, scripts, .. } = self.drain(load)?;
            say(format!("| {what} | {tasks} | {round_trips} | {commands} | {scripts} |"))?;
        }
        Ok(())
    }

    fn idles(&self) -> Result<(), Failure> {
        say("\n| a parked agent whose lease would be | commands in 5 s |\n|---|--:|")?;
        for seconds in [15, 60] {
            let commands = self.idle(Duration::from_secs(seconds))?;
            say(format!("| {seconds} s | {commands:.2} |"))?;
        }
        Ok(())
    }

    /// Commands that a parked agent costs in 5 s.
    pub(crate) fn idle(&self, lease: Duration) -> Result<f64, Failure> {
        self.server.clear();
        let long = Duration::from_secs(self.args.idle_s.max(1));
        let found = runtime(1)?.block_on(idle(&self.server, lease, long))?;
        // Both count the same, but for a call under way when it began or ended.
        if found.commands.abs_diff(found.served) > 1 {
            return Err(format!("the server counted otherwise than the store: {found:?}").into());
        }
        #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
        Ok(found.commands as f64 * 5.0 / long.as_secs_f64())
    }
}
