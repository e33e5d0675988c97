//! Real processes publish and read over one transport while a nemesis kills and restarts them;
//! then what every reader was told is checked against what every publisher was answered.
//!
//! ```text
//! cargo run --release -p popkit-benches --bin message-race -- --transport file:/tmp/race
//! ```
//!
//! The transport is named by its URL, so every backend runs the same program. With `--redis` it
//! is a Redis server of the race's own, which is killed, too, and whose connections are cut:
//!
//! ```text
//! cargo run --release -p popkit-benches --bin message-race -- --redis --messages 3000 \
//!     --server-kills 2 --resets 8 --reader-down-s 60
//! ```
//!
//! One line is printed; the exit code is 0 when nothing broke. See `--help` for the sizes.

mod check;
mod job;
mod journal;
mod nemesis;
mod patience;
mod publisher;
mod reader;
mod server;
mod spoil;
mod trail;
mod verdict;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use popkit_benches::{Failure, peer};
use popkit_protocol::{IdSource as _, RandomIds};
use popkit_transport::Reach;

use crate::job::Job;
use crate::nemesis::{Raced, Role};
use crate::server::Server;
use crate::spoil::Spoil;
use crate::verdict::Verdict;

/// Races publishers and readers, kills some, and checks what was told.
#[derive(Debug, Clone, Parser)]
pub(crate) struct Args {
    /// The transport; files in a temporary folder where not given.
    #[arg(long)]
    transport: Option<String>,
    /// A Redis server of the race's own, which syncs each write.
    #[arg(long, conflicts_with = "transport")]
    redis: bool,
    /// How often that server is killed with SIGKILL, and comes back up to 2.6 s later.
    #[arg(long, default_value_t = 0, requires = "redis")]
    server_kills: u64,
    /// How often all connections to that server are cut.
    #[arg(long, default_value_t = 0, requires = "redis")]
    resets: u64,
    /// For how many seconds one reader is away in the midst of it all; 0: not at all.
    #[arg(long, default_value_t = 0)]
    reader_down_s: u64,
    /// The same transport, keeping about `--keep` messages of a channel; where not given, the
    /// option `keep_messages` is added to the URL.
    #[arg(long)]
    tight: Option<String>,
    /// Publishing processes; one more publishes into a channel that keeps little.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=64))]
    publishers: u64,
    /// Reading processes; one more starts when half is published, and one more reads the
    /// channel that keeps little, too slowly.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=64))]
    readers: u64,
    /// Channels, each with all publishers and all readers.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=64))]
    channels: u64,
    /// Messages of these publishers in all.
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
    /// Messages that the channel that keeps little keeps; ten times as many are published.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u64).range(20..))]
    keep: u64,
    /// How many processes are killed with SIGKILL, and started anew.
    #[arg(long, default_value_t = 50)]
    kills: u64,
    /// What the messages and the nemesis are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Give up after so many seconds.
    #[arg(long, default_value_t = 600)]
    limit_s: u64,
    /// Where the processes write down what they saw, an empty folder that stays; a temporary
    /// one where not given.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Judge what an earlier race of the same sizes left in `--dir`, without racing.
    #[arg(long, requires = "dir")]
    judge: bool,
    /// Falsify what a reader wrote down, to see the check fail.
    #[arg(long, hide = true)]
    spoil: Option<Spoil>,
    /// Be one of the processes (used by the program itself).
    #[arg(long, hide = true)]
    role: Option<Role>,
    /// Which of its role.
    #[arg(long, hide = true, default_value_t = 0)]
    number: u64,
    /// What the names of the channels have in common.
    #[arg(long, hide = true)]
    run: Option<String>,
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
            let _ = writeln!(std::io::stderr(), "message-race: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<bool, Failure> {
    if let Some(role) = args.role {
        let folder = args.dir.clone().ok_or("a process of the race needs --dir")?;
        peer::end_with_parent()?;
        let job = Job::new(&args, folder, new_run(&args))?;
        match role {
            Role::Publisher => publisher::run(&job, args.number).await?,
            Role::Reader => reader::run(&job, args.number).await?,
        }
        return Ok(true);
    }
    if let Some(folder) = &args.dir {
        return race(&args, std::path::absolute(folder)?).await;
    }
    let folder = tempfile::Builder::new().prefix("message-race-").tempdir()?;
    race(&args, folder.path().to_owned()).await
}

async fn race(args: &Args, folder: PathBuf) -> Result<bool, Failure> {
    std::fs::create_dir_all(&folder)?;
    let server = (args.redis && !args.judge).then(Server::start);
    let args = &Args {
        transport: server.as_ref().map_or_else(|| args.transport.clone(), |s| Some(s.url())),
        ..args.clone()
    };
    let job = Job::new(args, folder, new_run(args))?;
    if args.judge {
        return tell("judged", &check::check(&job, &Raced::default(), args.spoil)?);
    }
    let what = look(&job).await?;
    let limit = Duration::from_secs(args.limit_s);
    let Ok(raced) = tokio::time::timeout(limit, nemesis::run(&job, args, server)).await else {
        return Err(format!("the race still goes on after {} s", args.limit_s).into());
    };
    tell(&what, &check::check(&job, &raced?, args.spoil)?)
}

fn tell(what: &str, verdict: &Verdict) -> Result<bool, Failure> {
    writeln!(std::io::stdout(), "{what} {verdict}")?;
    Ok(verdict.is_pass())
}

/// Channels of earlier races on the same transport are none of this one.
fn new_run(args: &Args) -> String {
    args.run.clone().unwrap_or_else(|| format!("{:08x}", RandomIds.draw() & 0xffff_ffff))
}

/// Looks whether the transport is one that processes can race on.
async fn look(job: &Job) -> Result<String, Failure> {
    let transport = popkit_transport::open(job.url()).await?;
    let can = transport.capabilities();
    let backend = transport.backend();
    transport.close().await?;
    if can.reach == Reach::Process || !can.replay {
        let mend = "race on one that several processes share and read again, as file:FOLDER";
        return Err(format!("{backend} is no transport for this: {mend}").into());
    }
    Ok(format!("backend={backend} durability={}", can.durability))
}
