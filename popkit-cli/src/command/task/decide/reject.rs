//! `popkit task reject`.

use clap::Args;
use popkit_store::Action;

use super::super::Desk;
use super::change::{Which, Why, change};
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task reject`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct RejectArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    why: Why,
}

/// Sends work back.
pub(in crate::command::task) async fn run(args: RejectArgs, desk: &Desk) -> Result<Exit, CliError> {
    change(desk, args.which.ids, Action::Reject { reason: args.why.reason }).await
}
