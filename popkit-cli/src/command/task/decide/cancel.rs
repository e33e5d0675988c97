//! `popkit task cancel`.

use clap::Args;
use popkit_store::Action;

use super::super::Desk;
use super::change::{Which, Why, change};
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task cancel`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct CancelArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    why: Why,
}

/// Cancels tasks.
pub(in crate::command::task) async fn run(args: CancelArgs, desk: &Desk) -> Result<Exit, CliError> {
    change(desk, args.which.ids, Action::Cancel { reason: args.why.reason }).await
}
