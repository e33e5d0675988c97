//! `popkit upstash`: the three questions of `popkit backend`, to Upstash, as flags.

use clap::Args;

use super::backend::{ping, status, test};
use crate::backend::Targets;
use crate::backend::upstash::LoadArgs;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit upstash`.
#[derive(Debug, Args)]
pub(crate) struct UpstashArgs {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    load: LoadArgs,
}

/// What to do; one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Wanted {
    /// Show how it stands and what a month costs: `popkit backend status --url upstash:`
    #[arg(long)]
    status: bool,
    /// Ask for one sign of life, and tell the time: `popkit backend ping --url upstash:`
    #[arg(long)]
    ping: bool,
    /// Use it, a line per check: `popkit backend test --url upstash:`
    #[arg(long)]
    test: bool,
}

/// Runs `popkit upstash`, on the service that `--url` or `POPKIT_URL` names, else that of
/// `UPSTASH_REDIS_REST_URL`.
pub(crate) async fn run(args: UpstashArgs, cx: Context) -> Result<Exit, CliError> {
    if args.load.is_given() && !args.wanted.status {
        let message = "--tasks, --messages and --processes are for --status";
        return Err(CliError::usage(message));
    }
    let targets = Targets::service(&cx)?;
    match args.wanted {
        Wanted { ping: true, .. } => ping::run(&cx, &targets).await,
        Wanted { test: true, .. } => test::run(&cx, &targets).await,
        _ => status::run(&cx, &targets, &args.load).await,
    }
}
