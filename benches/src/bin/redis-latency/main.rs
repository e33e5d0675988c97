//! Redis: complete+claim, the pickup of a parked agent and publishing, beside floors of the
//! same run; what the server spends on it; round trips and commands, counted.
//!
//! ```text
//! cargo run --release -p popkit-benches --bin redis-latency -- --aof always
//! ```
//!
//! It starts a server of its own on loopback. Where one thing is measured at a time, server and
//! client are pinned to a processor each. Prints tables in Markdown, then the promises, each a
//! median of several runs. Absolute times are this machine's at this moment.

mod promise;
mod table;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use popkit_benches::Failure;
use popkit_benches::fixture::Shape;
use popkit_benches::load::Measured;
use popkit_benches::message::{self, Pace};
use popkit_benches::redis::{Drain, Drained, Floor, Pinned, Server, drain, pickup};
use popkit_testkit::Aof;
use popkit_transport::{RedisTransportOptions, Transport};
use tokio::runtime::{Builder, Runtime};

/// Measures Redis beside its floors.
#[derive(Debug, Parser)]
struct Args {
    /// What the server writes to its append-only file.
    #[arg(long, default_value = "everysec")]
    aof: File,
    /// Steps of a row.
    #[arg(long, default_value_t = 20_000)]
    steps: usize,
    /// Hand-overs and messages of a row.
    #[arg(long, default_value_t = 1_000)]
    pings: usize,
    /// Seconds that a parked agent is watched.
    #[arg(long, default_value_t = 30)]
    idle_s: u64,
    /// Runs of every promise; the median is printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// The promises alone, without the tables.
    #[arg(long)]
    promises: bool,
    /// Only the promises whose name contains this; implies `--promises`.
    #[arg(long)]
    only: Option<String>,
}

/// The append-only file.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum File {
    /// None.
    Off,
    /// Synced once a second.
    Everysec,
    /// Synced before each answer.
    Always,
}

/// What everything here is measured with.
struct Bench {
    args: Args,
    server: Server,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "redis-latency: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    let server = Server::start(match args.aof {
        File::Off => Aof::Off,
        File::Everysec => Aof::EverySec,
        File::Always => Aof::Always,
    });
    let bench = Bench { args, server };
    let pinned = match Pinned::apart(bench.server.pid()).is_pinned() {
        true => "a processor each for server and client where one thing is measured at a time",
        false => "server and client are not pinned",
    };
    let (name, file) = (bench.server.name(), bench.server.file());
    say(format!("{name}, append-only file: {file}; {pinned}\n"))?;
    if !bench.args.promises && bench.args.only.is_none() {
        bench.tables()?;
    }
    bench.promises()
}

fn say(line: impl AsRef<str>) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{}", line.as_ref())?)
}

/// One thing at a time needs no second thread, and without it no hand-over between threads.
fn runtime(workers: usize) -> Result<Runtime, Failure> {
    let mut builder =
        if workers == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    Ok(builder.worker_threads(2).enable_all().build()?)
}

impl Bench {
    /// Drains an emptied server.
    fn drain(&self, load: Drain) -> Result<Drained, Failure> {
        self.server.clear();
        let _pinned = (load.workers == 1).then(|| Pinned::apart(self.server.pid()));
        runtime(load.workers)?.block_on(drain(&self.server, load))
    }

    /// One worker over so many lanes, with a short backlog.
    fn alone(&self, lanes: usize, steps: usize) -> Result<Drained, Failure> {
        self.drain(Drain::alone(Shape { lanes, backlog: 1_000, unclaimable: 0 }, steps))
    }

    /// What is done without popkit.
    fn floor(
        &self,
        run: impl AsyncFnOnce(&mut Floor) -> Result<Measured, Failure>,
    ) -> Result<Measured, Failure> {
        self.server.clear();
        let _pinned = Pinned::apart(self.server.pid());
        runtime(1)?.block_on(async {
            let mut floor = Floor::connect(&self.server).await?;
            run(&mut floor).await
        })
    }

    fn pickup(&self) -> Result<Measured, Failure> {
        self.server.clear();
        let _pinned = Pinned::apart(self.server.pid());
        runtime(1)?.block_on(pickup(&self.server, self.args.pings, pace()))
    }

    fn publish(&self) -> Result<Measured, Failure> {
        self.server.clear();
        let _pinned = Pinned::apart(self.server.pid());
        runtime(1)?.block_on(async {
            let options: RedisTransportOptions = self.server.url().parse()?;
            let transport: std::sync::Arc<dyn Transport> =
                std::sync::Arc::new(options.open().await?);
            let found = message::receive(&transport, 1, self.args.pings, pace()).await?;
            transport.close().await?;
            Ok(found)
        })
    }
}

/// Pauses between hand-overs: who waits shall sleep.
fn pace() -> Pace {
    Pace::new(Duration::from_millis(4))
}
