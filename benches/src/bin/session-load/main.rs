//! A session under load: one coordinator, which is a process of its own, and many agents.
//!
//! ```text
//! cargo run --release -p popkit-benches --bin session-load -- --redis
//! ```
//!
//! It measures from sharing an insight to every agent that it concerns having it; from the
//! death of an agent that holds a task to another one's claim; and what the coordinator and the
//! agents cost while nothing happens. Messages are real, and every reader looks at what it got.
//! Prints a table in Markdown and a line with a verdict: it fails where a delivery was missing,
//! came twice or said something else, or where a task was not claimed again within its bound.

mod coordinator;
mod crowd;
mod idle;
mod insight;
mod rescue;
mod scene;
mod victim;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use popkit_benches::Failure;
use tokio::runtime::Builder;

use crate::coordinator::Leader;
use crate::crowd::Crowd;
use crate::scene::Scene;

/// Measures a session with many agents.
#[derive(Debug, Clone, Parser)]
pub(crate) struct Args {
    /// Agents in this process, each with connections of its own.
    #[arg(long, default_value_t = 50)]
    agents: usize,
    /// On a Redis server of the bench's own; else a SQLite file and messages in files.
    #[arg(long)]
    redis: bool,
    /// Insights of each sort.
    #[arg(long, default_value_t = 200)]
    insights: usize,
    /// Agents that an insight of the first sort concerns, whoever shares it among them.
    #[arg(long, default_value_t = 10)]
    group: usize,
    /// Agents that are killed while they hold a task.
    #[arg(long, default_value_t = 10)]
    kills: usize,
    /// The lease of their tasks, in milliseconds.
    #[arg(long, default_value_t = 3_000)]
    lease_ms: u64,
    /// Seconds in which nothing happens.
    #[arg(long, default_value_t = 60)]
    idle_s: u64,
    /// Seconds after which a delivery is missing.
    #[arg(long, default_value_t = 30)]
    patience_s: u64,
    /// Lets this agent overhear every insight, to see that this is noticed.
    #[arg(long, hide = true)]
    deaf: Option<usize>,
    /// Be the coordinator, on this scene (used by the program itself).
    #[arg(long, hide = true)]
    coordinator: Option<String>,
    /// Be the agent that is killed (used by the program itself).
    #[arg(long, hide = true)]
    victim: Option<String>,
}

impl Args {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_s)
    }

    pub(crate) fn rest(&self) -> Duration {
        Duration::from_secs(self.idle_s)
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(&args)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "session-load: {error}");
            ExitCode::FAILURE
        }
    }
}

pub(crate) fn say(line: impl AsRef<str>) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{}", line.as_ref())?)
}

async fn run(args: &Args) -> Result<bool, Failure> {
    if let Some(place) = &args.coordinator {
        coordinator::lead(place).await?;
        return Ok(true);
    }
    if let Some(place) = &args.victim {
        victim::hold(place, args.lease()).await?;
        return Ok(true);
    }
    if args.agents < 2 || args.group < 2 {
        return Err("an insight needs somebody to read it: give 2 agents and a group of 2".into());
    }
    let scene = Scene::open(args.redis)?;
    say(format!("{}, {} agents\n", scene.name(), args.agents))?;
    let mut leader = Leader::begin(&scene, args).await?;
    let mut crowd = Crowd::join(&scene, args).await?;
    say("| what | p50 | p99 | max | bound |\n|---|--:|--:|--:|--:|")?;
    let mut tally = insight::Tally::default();
    for (what, tag) in [("of a group", crowd::Tag::Group), ("all", crowd::Tag::All)] {
        let found = insight::share(&mut crowd, args, tag).await?;
        say(found.row(&format!("insight to {} agents, {what}, in ms", found.readers())))?;
        tally.add(&found);
    }
    let rescued = rescue::measure(&scene, &mut crowd, args).await?;
    say(rescued.row())?;
    idle::measure(&scene, &crowd, &mut leader, args).await?;
    let verdict = tally.is_pass() && rescued.is_pass();
    let word = if verdict { "pass" } else { "FAIL" };
    say(format!("\nagents={} {tally} {rescued} VERDICT {word}", args.agents))?;
    Ok(verdict)
}
