//! The big tables.

use std::time::Duration;

use popkit_benches::Failure;
use popkit_benches::load::Measured;
use popkit_benches::message::{self, Load, Pace, floor};

use crate::between::say;
use crate::idle::Rest;
use crate::kind::Kind;
use crate::{Bench, Role, runtime};

/// Readers of one channel.
const READERS: usize = 20;

fn row(what: &str, found: &Measured, rate: bool) -> Result<(), Failure> {
    let at = |percentile| found.micros(percentile);
    let rate = if rate { format!("{:.0}", found.per_second) } else { String::new() };
    say(format!("| {what} | {:.1} | {:.1} | {:.1} | {rate} |", at(50.0), at(99.0), at(99.9)))
}

impl Bench {
    pub(crate) fn tables(&self) -> Result<(), Failure> {
        say("| what | p50 µs | p99 µs | p99.9 µs | messages/s |\n|---|--:|--:|--:|--:|")?;
        self.floors()?;
        for kind in Kind::ALL {
            for publishers in [1, 8, 32] {
                let name = format!("publish, {}, {publishers} at once", kind.name());
                let load = Load { publishers, ..Load::one_by_one(self.messages(kind)) };
                row(&name, &self.publish(kind, load)?, true)?;
            }
            // A call that sends a hundred.
            let load = Load { batch: 100, ..Load::one_by_one(self.args.messages) };
            let name = format!("publish, {}, batches of 100", kind.name());
            row(&name, &self.publish(kind, load)?, true)?;
        }
        self.reads()?;
        say("\n| what | messages/s |\n|---|--:|")?;
        let backlog = self.args.backlog;
        for kind in [Kind::Memory, Kind::Relaxed] {
            let rate = self.catch_up(kind)?;
            say(format!("| catch up with {backlog} messages, {} | {rate:.0} |", kind.name()))?;
        }
        self.rests()
    }

    fn floors(&self) -> Result<(), Failure> {
        let (folder, messages) = (self.folder.path(), self.args.messages);
        row("floor: append", &floor::append(folder, false, messages)?, true)?;
        row("floor: append + fdatasync", &floor::append(folder, true, messages / 20)?, true)?;
        let mut echo = Self::peer(Role::Echo, &[])?;
        let trip = floor::round_trip(&mut echo, messages / 20)?;
        row("floor: there and back between two processes by pipes", &trip, false)?;
        if cfg!(target_os = "linux") {
            let noticed = self.noticed(self.pings())?;
            row("floor: append to read between two processes by inotify", &noticed, false)?;
        }
        Ok(())
    }

    /// From publishing to reading.
    fn reads(&self) -> Result<(), Failure> {
        for kind in [Kind::Memory, Kind::Durable] {
            for readers in [1, READERS] {
                let found = self.receive(kind, readers)?;
                let name = kind.name();
                row(&format!("publish to read, {name}, {readers} in the process"), &found, false)?;
            }
        }
        for (watch, how) in [(true, "watch"), (false, "polling alone")] {
            let found = self.between(watch, self.pings())?;
            row(&format!("publish to read, two processes, {how}"), &found, false)?;
        }
        Ok(())
    }

    fn rests(&self) -> Result<(), Failure> {
        let reading = |channels, watch| Rest::Reading { channels, watch };
        let rests = [
            ("floor: a timer every 50 ms", Rest::Timer),
            ("idle reader of 1 channel, watch", reading(1, true)),
            ("idle reader of 1 channel, polling alone", reading(1, false)),
            ("idle reader of 6 channels, watch", reading(6, true)),
        ];
        say("\n| what | % of a core |\n|---|--:|")?;
        let found = self.idle(&rests.map(|(_, rest)| rest))?;
        for ((what, _), percent) in rests.iter().zip(found) {
            say(format!("| {what} | {percent:.3} |"))?;
        }
        Ok(())
    }

    pub(crate) fn messages(&self, kind: Kind) -> usize {
        let divisor = if kind == Kind::Durable { 4 } else { 1 };
        (self.args.messages / divisor).max(10)
    }

    pub(crate) fn publish(&self, kind: Kind, load: Load) -> Result<Measured, Failure> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        runtime(load.publishers)?.block_on(async {
            let transport = kind.open(folder.path()).await?;
            let found = message::publish(&transport, load).await?;
            transport.close().await?;
            Ok(found)
        })
    }

    fn receive(&self, kind: Kind, readers: usize) -> Result<Measured, Failure> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        runtime(readers + 1)?.block_on(async {
            let transport = kind.open(folder.path()).await?;
            let pace = Pace::new(Duration::from_millis(2));
            let found = message::receive(&transport, readers, self.pings(), pace).await?;
            transport.close().await?;
            Ok(found)
        })
    }

    fn catch_up(&self, kind: Kind) -> Result<f64, Failure> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        runtime(1)?.block_on(async {
            let transport = kind.open(folder.path()).await?;
            message::fill(&transport, self.args.backlog).await?;
            let rate = message::catch_up(&transport, self.args.backlog).await?;
            transport.close().await?;
            Ok(rate)
        })
    }
}
