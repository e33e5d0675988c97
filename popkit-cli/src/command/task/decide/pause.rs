//! `popkit task pause`.

use clap::Args;
use popkit_store::Action;

use super::super::Desk;
use super::change::{Which, Why, change};
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task pause`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct PauseArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    why: Why,
}

/// Sets pending tasks aside.
pub(in crate::command::task) async fn run(args: PauseArgs, desk: &Desk) -> Result<Exit, CliError> {
    change(desk, args.which.ids, Action::Pause { reason: args.why.reason }).await
}
