//! `popkit task resume`.

use clap::Args;
use popkit_store::Action;

use super::super::Desk;
use super::change::{Which, change};
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task resume`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ResumeArgs {
    #[command(flatten)]
    which: Which,
}

/// Ends pauses.
pub(in crate::command::task) async fn run(args: ResumeArgs, desk: &Desk) -> Result<Exit, CliError> {
    change(desk, args.which.ids, Action::Resume).await
}
