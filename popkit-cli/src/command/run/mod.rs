//! `popkit run`: a stub until its own room is written.

use clap::Args;

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {}

/// Runs a plan.
pub(crate) async fn run(args: RunArgs, cx: Context) -> Result<Exit, CliError> {
    let _ = (args, cx);
    Err(CliError::usage("run: not built yet"))
}
