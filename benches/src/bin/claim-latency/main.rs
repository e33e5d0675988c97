//! Claim latency: complete+claim in one step, on memory and SQLite, beside floors measured
//! in the same run.
//!
//! ```text
//! cargo run --release -p popkit-benches --bin claim-latency
//! ```
//!
//! Prints a table in Markdown: microseconds at p50, p99 and p99.9, steps per second, and the
//! p50 as a ratio to the row it is held against. Absolute times are this machine's at this
//! moment; the ratios are what to look at.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use popkit_benches::fixture::{self, Shape};
use popkit_benches::load::{self, Measured};
use popkit_benches::{Failure, floor};
use popkit_store::{Durability, MemoryStore, Opened, TaskStore};
use tokio::runtime::{Builder, Runtime};

/// Measures claim latency beside its floors.
#[derive(Debug, Parser)]
struct Args {
    /// Steps of a row; durable rows take a quarter.
    #[arg(long, default_value_t = 20_000)]
    steps: usize,
    /// Runs of every ratio; the median is printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// The promises alone, without the big table.
    #[arg(long)]
    promises: bool,
    /// Only the promises whose name contains this; implies `--promises`.
    #[arg(long)]
    only: Option<String>,
    /// Where the files go; a temporary folder where not given. Not on a memory disk, or
    /// syncing costs nothing.
    #[arg(long)]
    dir: Option<std::path::PathBuf>,
}

const BIG: usize = 100_000;

struct Bench {
    args: Args,
    folder: tempfile::TempDir,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Memory,
    Relaxed,
    Durable,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Relaxed => "sqlite relaxed",
            Self::Durable => "sqlite durable",
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "claim-latency: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    let folder = match &args.dir {
        Some(dir) => tempfile::Builder::new().prefix("claim-latency-").tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let bench = Bench { args, folder };
    if !bench.args.promises && bench.args.only.is_none() {
        header()?;
        bench.floors()?;
        for kind in [Kind::Memory, Kind::Relaxed, Kind::Durable] {
            bench.kind(kind)?;
        }
    }
    bench.ratios()
}

fn header() -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "| what | workers | lanes | backlog | unclaimable | p50 µs | p99 µs | p99.9 µs | steps/s |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    Ok(())
}

fn row(what: &str, workers: usize, shape: Shape, found: &Measured) -> Result<(), Failure> {
    writeln!(
        std::io::stdout(),
        "| {what} | {workers} | {} | {} | {} | {:.1} | {:.1} | {:.1} | {:.0} |",
        shape.lanes,
        shape.backlog,
        shape.unclaimable,
        found.micros(50.0),
        found.micros(99.0),
        found.micros(99.9),
        found.per_second,
    )?;
    Ok(())
}

fn runtime(workers: usize) -> Result<Runtime, Failure> {
    // One worker needs no second thread, and without it no hand-over between threads.
    let mut builder =
        if workers == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    Ok(builder.worker_threads(2).enable_all().build()?)
}

impl Bench {
    fn steps(&self, kind: Kind) -> usize {
        if kind == Kind::Durable { self.args.steps / 4 } else { self.args.steps }
    }

    /// A full store of this kind, and its folder.
    fn store(
        &self,
        runtime: &Runtime,
        kind: Kind,
        shape: Shape,
    ) -> Result<(Arc<dyn TaskStore>, tempfile::TempDir), Failure> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let Opened { tasks, .. } = runtime.block_on(async {
            match kind {
                Kind::Memory => Ok(Opened::of(&MemoryStore::new())),
                Kind::Relaxed => fixture::sqlite(folder.path(), Durability::CrashSafe).await,
                Kind::Durable => fixture::sqlite(folder.path(), Durability::PowerSafe).await,
            }
        })?;
        runtime.block_on(fixture::fill(&*tasks, shape))?;
        Ok((tasks, folder))
    }

    fn measure(&self, kind: Kind, shape: Shape, workers: usize) -> Result<Measured, Failure> {
        let runtime = runtime(workers)?;
        let (store, folder) = self.store(&runtime, kind, shape)?;
        let found = runtime.block_on(load::run(&store, shape, workers, self.steps(kind)))?;
        runtime.block_on(store.close())?;
        drop(folder);
        Ok(found)
    }

    fn floor(&self, durable: bool, shape: Shape) -> Result<Measured, Failure> {
        let runtime = runtime(1)?;
        let steps = self.args.steps / if durable { 10 } else { 2 };
        let full = Shape { backlog: shape.backlog + steps * 2, ..shape };
        let (store, folder) = self.store(&runtime, Kind::Relaxed, full)?;
        runtime.block_on(store.close())?;
        floor::sqlite(&folder.path().join("tasks.db"), durable, shape.lanes, steps)
    }

    fn floors(&self) -> Result<(), Failure> {
        let shape = Shape::EMPTY;
        row(
            "floor: append 4 KiB + fdatasync",
            1,
            shape,
            &floor::fdatasync(self.folder.path(), 500)?,
        )?;
        row("floor: sqlite relaxed", 1, shape, &self.floor(false, shape)?)?;
        row("floor: sqlite durable, one by one", 1, shape, &self.floor(true, shape)?)
    }

    fn kind(&self, kind: Kind) -> Result<(), Failure> {
        let base = Shape { lanes: 4, backlog: 1_000, unclaimable: 0 };
        for workers in [1, 8, 32] {
            row(kind.name(), workers, base, &self.measure(kind, base, workers)?)?;
        }
        let mut shapes = vec![Shape::EMPTY];
        shapes.extend([1, 16, 64].map(|lanes| Shape { lanes, ..base }));
        shapes.extend([10_000, BIG].map(|backlog| Shape { backlog, ..base }));
        shapes.push(Shape { unclaimable: BIG, ..base });
        for shape in shapes {
            row(kind.name(), 1, shape, &self.measure(kind, shape, 1)?)?;
        }
        Ok(())
    }

    /// The promises, each as a median of ratios of pairs measured one after the other.
    fn ratios(&self) -> Result<(), Failure> {
        let mut out = std::io::stdout();
        writeln!(out, "\n| promise | median ratio | bound |\n|---|--:|--:|")?;
        let empty = Shape::EMPTY;
        let p50 = |kind, shape| -> Result<f64, Failure> {
            Ok(self.measure(kind, shape, 1)?.micros(50.0))
        };
        let mut line = |what: &str, bound: &str, pair: &dyn Fn() -> Result<f64, Failure>| {
            if self.args.only.as_ref().is_some_and(|only| !what.contains(only.as_str())) {
                return Ok(());
            }
            let mut ratios = (0..self.args.runs).map(|_| pair()).collect::<Result<Vec<_>, _>>()?;
            ratios.sort_by(f64::total_cmp);
            let median = ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN);
            writeln!(out, "| {what} | {median:.2} | {bound} |")?;
            Ok::<(), Failure>(())
        };
        line("sqlite relaxed p50 / floor", "<= 1.5", &|| {
            // The same queue for both: which pages a step dirties depends on its length.
            let same = Shape { backlog: 10_000, ..empty };
            Ok(p50(Kind::Relaxed, same)? / self.floor(false, same)?.micros(50.0))
        })?;
        line("sqlite durable, 32 workers: steps/s / durable floor's", ">= 5", &|| {
            let found = self.measure(Kind::Durable, Shape { backlog: 1_000, ..empty }, 32)?;
            Ok(found.per_second / self.floor(true, empty)?.per_second)
        })?;
        for kind in [Kind::Memory, Kind::Relaxed] {
            let name = kind.name();
            let against = |shape: Shape| -> Result<f64, Failure> {
                Ok(p50(kind, shape)? / p50(kind, empty)?)
            };
            line(&format!("{name}: 100k unclaimable ahead / empty"), "<= 2", &|| {
                against(Shape { unclaimable: BIG, ..empty })
            })?;
            line(&format!("{name}: 100k backlog / empty"), "<= 2", &|| {
                against(Shape { backlog: BIG, ..empty })
            })?;
            line(&format!("{name}: 64 lanes / 1 lane"), "<= 4", &|| {
                let at = |lanes| Shape { lanes, backlog: 1_000, unclaimable: 0 };
                Ok(p50(kind, at(64))? / p50(kind, at(1))?)
            })?;
        }
        line("memory: thousand complete+claim/s on one thread", ">= 300", &|| {
            Ok(self.measure(Kind::Memory, empty, 1)?.per_second / 1000.0)
        })
    }
}
