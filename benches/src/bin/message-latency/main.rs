//! Message latency: publishing, and from publishing to reading, on memory and files, within one
//! process and between two, beside floors measured in the same run.
//!
//! ```text
//! cargo run --release -p popkit-benches --bin message-latency
//! ```
//!
//! Prints tables in Markdown: microseconds at p50, p99 and p99.9, messages per second; what an
//! idle reader costs; and the promises, each a median of several runs beside its floor.
//! Absolute times are this machine's at this moment.

mod between;
mod idle;
mod kind;
mod promise;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use popkit_benches::Failure;
use tokio::runtime::{Builder, Runtime};

/// Measures message latency beside its floors.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// Messages of a row; durable rows take a quarter, rows that wait for a reader a hundredth.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Messages that lie there, where it is measured whether that matters.
    #[arg(long, default_value_t = 1_000_000)]
    retained: usize,
    /// Messages that are caught up with.
    #[arg(long, default_value_t = 100_000)]
    backlog: usize,
    /// Seconds that an idle reader is watched.
    #[arg(long, default_value_t = 5.0)]
    idle_s: f64,
    /// Runs of every promise; the median is printed.
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
    /// Be the second process (used by the program itself).
    #[arg(long, hide = true)]
    role: Option<Role>,
    /// What that one opens: a transport's URL, or a file.
    #[arg(long, hide = true, default_value = "")]
    open: String,
    /// How many channels it reads.
    #[arg(long, hide = true, default_value_t = 1)]
    channels: usize,
}

/// What the second process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Says how old each message is.
    Reader,
    /// The same, of a bare file that the system watches.
    Notice,
    /// Says every line back.
    Echo,
    /// Reads, and is told nothing.
    Idle,
    /// Sleeps as often as a reader looks, and does nothing else.
    Timer,
}

/// What everything here is measured with.
pub(crate) struct Bench {
    args: Args,
    folder: tempfile::TempDir,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "message-latency: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    if let Some(role) = args.role {
        return match role {
            Role::Reader => between::read(&args.open),
            Role::Notice => between::watch(&args.open),
            Role::Echo => between::echo(),
            Role::Idle | Role::Timer => idle::rest(role, &args),
        };
    }
    let folder = match &args.dir {
        Some(dir) => tempfile::Builder::new().prefix("message-latency-").tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let bench = Bench { args, folder };
    if !bench.args.promises && bench.args.only.is_none() {
        bench.tables()?;
    }
    bench.promises()
}

fn runtime(tasks: usize) -> Result<Runtime, Failure> {
    // One publisher needs no second thread, and without it no hand-over between threads.
    let mut builder =
        if tasks == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    Ok(builder.worker_threads(2).enable_all().build()?)
}

impl Bench {
    /// Messages of a row that waits for a reader.
    fn pings(&self) -> usize {
        (self.args.messages / 100).max(5)
    }
}
