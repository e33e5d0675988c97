//! The arguments of `popkit run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use popkit_protocol::duration;

/// What a run needs to know.
///
/// The same plan again resumes: what is done stays done, what failed is tried again, and
/// tasks whose text changed follow the new text unless they are done.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The plan: a TOML, YAML or JSON file
    #[arg(value_name = "PLAN")]
    pub(super) file: PathBuf,
    /// How many agents work at once. A plan without agents gets that many (one per core
    /// unless said), each with one slot. The agents of a plan are cut down to the first N,
    /// or copied in turn (`name-2`, `name-3` …) until there are N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) agents: Option<u16>,
    /// Start over. The plan's own task file is moved aside, never deleted; in another store
    /// the plan's tasks are cancelled and removed
    #[arg(long)]
    pub(super) fresh: bool,
    /// Show nothing but what went wrong
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// How long running tasks may take to finish after Ctrl-C
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse)]
    pub(super) grace: Duration,
    /// How long an agent may be silent before others take its task over [default: 5s; on
    /// Upstash, where each renewal is billed, 3m]
    #[arg(long, value_name = "DURATION", value_parser = lease)]
    pub(super) lease: Option<Duration>,
    /// Write the report to this file: .json or .md
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// The command that executes prompts, for agents that have none of their own: the prompt
    /// takes the place of {prompt}, or comes last
    #[arg(last = true, value_name = "COMMAND")]
    pub(super) command: Vec<String>,
}

/// A lease that heartbeats can keep.
fn lease(text: &str) -> Result<Duration, String> {
    let lease = duration::parse(text).map_err(|error| error.to_string())?;
    if (Duration::from_millis(100)..=Duration::from_secs(86_400)).contains(&lease) {
        return Ok(lease);
    }
    Err("a lease lasts 100ms to 24h".to_owned())
}
