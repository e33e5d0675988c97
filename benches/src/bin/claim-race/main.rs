//! Real processes race for the tasks of one store while a nemesis kills and stops them;
//! then the store's own log is checked, event by event, against what must never break.
//!
//! ```text
//! cargo run --release -p popkit-benches --bin claim-race -- --store sqlite:/tmp/race/tasks.db
//! ```
//!
//! The store is named by its URL, so every backend runs the same program. With `--redis` it is
//! on a server of the race's own, which is killed too, and every process loses its connections
//! now and then. One line is printed; the exit code is 0 when nothing broke. See `--help` for
//! the sizes.

mod arena;
mod check;
mod job;
mod nemesis;
mod worker;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use popkit_store::Opened;

use crate::arena::{Aof, Arena};

/// What anything here may end with.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Races processes for tasks, kills and stops some, and checks the log.
#[derive(Debug, Clone, Parser)]
pub(crate) struct Args {
    /// The store, empty; a SQLite file in a temporary folder where not given.
    #[arg(long)]
    store: Option<String>,
    /// A Redis server of the race's own; the sizes are larger then.
    #[arg(long, conflicts_with = "store")]
    redis: bool,
    /// What that server writes to its file.
    #[arg(long, requires = "redis", default_value = "always")]
    aof: Aof,
    /// Tasks in all, four in ten of them with two parents.
    #[arg(long, default_value_t = 10_000)]
    tasks: u64,
    /// Processes.
    #[arg(long, visible_alias = "processes", default_value = "8")]
    #[arg(default_value_if("redis", "true", "32"))]
    workers: usize,
    /// How many are killed with SIGKILL, and started anew.
    #[arg(long, default_value = "50", default_value_if("redis", "true", "200"))]
    kills: usize,
    /// How many are stopped for longer than their lease and go on as zombies.
    #[arg(long, default_value = "20", default_value_if("redis", "true", "100"))]
    zombies: usize,
    /// How often the connections of a process are reset, half of the times within an answer.
    #[arg(long, requires = "redis")]
    #[arg(default_value = "0", default_value_if("redis", "true", "500"))]
    resets: usize,
    /// How often the server is killed with SIGKILL, and started again after a while.
    #[arg(long, requires = "redis")]
    #[arg(default_value = "0", default_value_if("redis", "true", "5"))]
    server_kills: usize,
    /// The lease, in milliseconds.
    #[arg(long, default_value_t = 1_000)]
    lease_ms: u64,
    /// The longest piece of work, in milliseconds.
    #[arg(long, default_value = "12", default_value_if("redis", "true", "150"))]
    work_ms: u64,
    /// What the tasks and the nemesis are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Give up after so many seconds.
    #[arg(long, default_value_t = 600)]
    limit_s: u64,
    /// Be one of the processes (used by the program itself).
    #[arg(long, hide = true)]
    worker: Option<usize>,
    /// Where that process writes what it saw.
    #[arg(long, hide = true)]
    history: Option<PathBuf>,
}

impl Args {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(args)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "claim-race: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<bool, Failure> {
    if let (Some(number), Some(history)) = (args.worker, args.history.clone()) {
        worker::run(&args, number, &history).await?;
        return Ok(true);
    }
    let folder = tempfile::Builder::new().prefix("claim-race-").tempdir()?;
    let mut arena = if args.redis {
        Arena::redis(args.workers, args.aof)
    } else {
        let file = || format!("sqlite:{}", folder.path().join("race.db").display());
        Arena::named(args.store.clone().unwrap_or_else(file))
    };
    let Opened { tasks: store, .. } = popkit_store::open(arena.url()).await?;
    job::insert(&*store, &args).await?;
    let scars = nemesis::run(&*store, &args, &mut arena, folder.path()).await?;
    let raced = check::Raced { scars: &scars, arena: &arena, folder: folder.path() };
    let verdict = check::check(&*store, &args, &raced).await?;
    writeln!(std::io::stdout(), "backend={} {verdict}", store.backend())?;
    store.close().await?;
    Ok(verdict.is_pass())
}

/// SplitMix64 (Steele, Lea, Flood, 2014): small, seeded, good enough to choose victims.
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}
