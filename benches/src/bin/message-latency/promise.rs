//! The promises, each a median of several runs, beside its floor.

use popkit_benches::Failure;
use popkit_benches::message::{self, Load, floor};

use crate::between::say;
use crate::idle::Rest;
use crate::kind::Kind;
use crate::{Bench, runtime};

/// What a run found, and its floor where there is one.
type Found = (f64, Option<f64>);

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

fn shown(number: Option<f64>) -> String {
    number.map_or_else(String::new, |number| format!("{number:.3}"))
}

impl Bench {
    pub(crate) fn promises(&self) -> Result<(), Failure> {
        say("\n| promise | median | floor | bound |\n|---|--:|--:|--:|")?;
        let pings = self.pings();
        self.line("two processes, watch: p50 in ms", "< 2", || {
            let floor = match cfg!(target_os = "linux") {
                true => Some(self.noticed(pings)?.micros(50.0) / 1000.0),
                false => None,
            };
            Ok((self.between(true, pings)?.micros(50.0) / 1000.0, floor))
        })?;
        // Nobody who looks every 50 ms is faster than half of that, half of the time.
        self.line("two processes, polling alone: p50 in ms", "< 60", || {
            Ok((self.between(false, pings.div_ceil(4))?.micros(50.0) / 1000.0, Some(25.0)))
        })?;
        for (watch, how) in [(true, "watch"), (false, "polling alone")] {
            self.line(&format!("idle reader, {how}: % of a core"), "< 0.5", || {
                let both = self.idle(&[Rest::Reading { channels: 1, watch }, Rest::Timer])?;
                Ok((both.first().copied().unwrap_or(f64::NAN), both.last().copied()))
            })?;
        }
        for kind in Kind::ALL {
            self.retained(kind)?;
        }
        let (folder, messages) = (self.folder.path(), self.messages(Kind::Durable));
        let floor = || floor::append(folder, true, messages.div_ceil(5));
        self.line("file durable: p50 / that of append + fdatasync", "", || {
            let found = self.publish(Kind::Durable, Load::one_by_one(messages))?;
            Ok((found.micros(50.0) / floor()?.micros(50.0), Some(1.0)))
        })?;
        self.line("file durable, 32 at once: messages/s / append + fdatasync's", "", || {
            let load = Load { publishers: 32, ..Load::one_by_one(messages) };
            Ok((self.publish(Kind::Durable, load)?.per_second / floor()?.per_second, Some(1.0)))
        })
    }

    fn line(
        &self,
        what: &str,
        bound: &str,
        mut run: impl FnMut() -> Result<Found, Failure>,
    ) -> Result<(), Failure> {
        if self.args.only.as_ref().is_some_and(|only| !what.contains(only.as_str())) {
            return Ok(());
        }
        let (mut found, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..self.args.runs {
            let (one, floor) = run()?;
            found.push(one);
            floors.extend(floor);
        }
        say(format!("| {what} | {} | {} | {bound} |", shown(median(found)), shown(median(floors))))
    }

    /// Publishing into a full channel against publishing into an empty one, one after the other.
    fn retained(&self, kind: Kind) -> Result<(), Failure> {
        let runtime = runtime(1)?;
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let load = Load::one_by_one(self.messages(kind) / 2);
        let mut full = None;
        let what = format!("{}: p50 with {} retained / empty", kind.name(), self.args.retained);
        self.line(&what, "<= 1.2", || {
            let full = match &full {
                Some(full) => full,
                None => full.insert(runtime.block_on(async {
                    // Nobody waits a thousand times for the disk only to fill it.
                    let fast = if kind == Kind::Durable { Kind::Relaxed } else { kind };
                    let transport = fast.open(folder.path()).await?;
                    message::fill(&transport, self.args.retained).await?;
                    match kind {
                        Kind::Durable => kind.open(folder.path()).await,
                        _ => Ok(transport),
                    }
                })?),
            };
            let found = runtime.block_on(message::publish(full, load))?;
            let empty = self.publish(kind, load)?;
            Ok((found.micros(50.0) / empty.micros(50.0), Some(1.0)))
        })
    }
}
