//! `popkit doctor`: finds what is set up wrongly, and says the mend.
//!
//! | Room | Holds |
//! |---|---|
//! | `programs` | what could run a Redis server here |
//! | `which` | the Redis that is meant |
//! | `server` | reaching it, its version, settings and room |
//! | `rights` | what its user may do |
//! | `upstash` | reaching Upstash, where that is named |
//! | `clock` | how far its clock is from ours |
//! | `state` | the state directory, and what is in it |
//! | `brief` | all of it in one line |

mod brief;
mod clock;
mod programs;
mod rights;
mod server;
mod state;
mod upstash;
mod which;

use clap::Args;

use crate::backend::{Check, Verdict, show};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// One line: whether Redis runs, whether Upstash answers where it is named, and whether
    /// power mode is ready
    #[arg(long)]
    brief: bool,
}

/// All that was found.
struct Findings {
    checks: Vec<Check>,
    /// The Redis that is meant, if there is one.
    redis: Option<Patient>,
    /// The Upstash that is meant, or named besides.
    upstash: Option<Patient>,
}

/// A server that was looked at.
struct Patient {
    url: String,
    /// In a few words, where it was reached.
    running: Option<String>,
    /// Nobody named it, so nobody waits for it.
    is_optional: bool,
}

/// Looks at everything. Makes nothing that stays.
pub(crate) async fn run(args: DoctorArgs, cx: Context) -> Result<Exit, CliError> {
    let mut findings = Findings { checks: programs::look().await, redis: None, upstash: None };
    server::look(&cx, &mut findings).await?;
    upstash::look(&cx, &mut findings).await?;
    findings.checks.extend(state::look(&cx).await?);
    if args.brief {
        brief::tell(&cx, &findings)?;
    } else {
        findings.checks.iter().try_for_each(|check| show(&cx, check))?;
    }
    end(&findings, args.brief)
}

/// 0 where all is well or only to be known, 69 where a server that is wanted cannot be reached,
/// 1 where there is something to mend.
fn end(findings: &Findings, brief: bool) -> Result<Exit, CliError> {
    let bad: Vec<&Check> =
        findings.checks.iter().filter(|check| check.verdict == Verdict::Bad).collect();
    let code = match bad.as_slice() {
        [] => return Ok(Exit::Done),
        bad if bad.iter().any(|check| is_away(check)) => Exit::Unavailable,
        _ => Exit::Failed,
    };
    if brief {
        return Ok(code);
    }
    let message = match bad.len() {
        1 => "1 thing to mend; see the line that begins with FAIL".to_owned(),
        number => format!("{number} things to mend; see the lines that begin with FAIL"),
    };
    Err(CliError::new(code, message))
}

/// Whether a server that is wanted cannot be reached.
fn is_away(check: &Check) -> bool {
    [server::NAME, upstash::NAME].contains(&check.name) && check.code == Exit::Unavailable
}
