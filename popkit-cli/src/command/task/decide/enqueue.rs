//! `popkit task enqueue`.

use clap::Args;
use popkit_store::Action;

use super::super::Desk;
use super::change::{Which, change};
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task enqueue`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct EnqueueArgs {
    #[command(flatten)]
    which: Which,
}

/// Takes tasks out of the backlog.
pub(in crate::command::task) async fn run(
    args: EnqueueArgs,
    desk: &Desk,
) -> Result<Exit, CliError> {
    change(desk, args.which.ids, Action::Enqueue).await
}
