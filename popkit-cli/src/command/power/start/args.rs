//! The arguments of `popkit power start`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use popkit_coordinator::mode::{Mode, Tier};
use popkit_protocol::duration;

/// What a session needs to know.
///
/// The same objective again goes on with the session that is not over, as --resume does.
#[derive(Debug, Args)]
pub(in crate::command::power) struct StartArgs {
    /// What is to be reached
    #[arg(value_name = "OBJECTIVE")]
    pub(super) objective: Option<String>,
    /// The phases, in order [default: those of the issue, else of the configuration]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) phases: Vec<String>,
    /// How many agents: with a COMMAND so many are started (2 unless said); the first phase
    /// waits for them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(super) agents: Option<u32>,
    /// How long the session may run; then it ends. Without, a person is asked when the time of
    /// the configuration is up
    #[arg(long, value_name = "TIME", value_parser = second)]
    pub(super) timeout: Option<Duration>,
    /// Where agents meet: native, upstash, redis or file [default: the first of the
    /// configuration that can be had]
    #[arg(long, value_name = "MODE")]
    pub(super) mode: Option<Mode>,
    /// With the limits of a tier: free, premium or pro
    #[arg(long, value_name = "TIER")]
    pub(super) tier: Option<Tier>,
    /// How one sees that it is reached; may be given several times. `$ COMMAND` is checked by
    /// running it, anything else by asking a person
    #[arg(long, value_name = "TEXT")]
    pub(super) criteria: Vec<String>,
    /// The objective, phases and criteria of an issue of a tracker, as JSON; - for standard
    /// input
    #[arg(long, value_name = "FILE")]
    pub(super) from_issue: Option<String>,
    /// An issue without the label epic or power-mode will do, too
    #[arg(long, requires = "from_issue")]
    pub(super) force: bool,
    /// The configuration [default: .claude/popkit/config.json, else config.json in the state
    /// directory]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Where what comes in is recorded, for `popkit power replay` [default: a file in the
    /// session's room]
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Go on with the session that is not over, whatever its objective; without a COMMAND
    /// agents are started as before
    #[arg(long)]
    pub(super) resume: bool,
    /// How long this coordinator may be silent before another one leads, 1s to 10m
    #[arg(long, value_name = "TIME", value_parser = lease, default_value = "15s")]
    pub(super) lease: Duration,
    /// How often agents say that they live [default: that of the configuration, 15s]
    #[arg(long, value_name = "TIME", value_parser = second)]
    pub(super) period: Option<Duration>,
    /// What each agent runs: {prompt} is what to do (without it, the last argument). Without a
    /// command no agent is started, but for a session that was begun with one
    #[arg(last = true, value_name = "COMMAND")]
    pub(super) command: Vec<String>,
}

/// A span of a second or more.
fn second(text: &str) -> Result<Duration, String> {
    let span = duration::parse(text).map_err(|error| error.to_string())?;
    if span < Duration::from_secs(1) { Err("at least 1s".to_owned()) } else { Ok(span) }
}

/// A lease that a coordinator can keep.
fn lease(text: &str) -> Result<Duration, String> {
    let lease = duration::parse(text).map_err(|error| error.to_string())?;
    if (Duration::from_secs(1)..=Duration::from_secs(600)).contains(&lease) {
        return Ok(lease);
    }
    Err("a lease lasts 1s to 10m".to_owned())
}
