//! `popkit task requeue`.

use clap::Args;
use popkit_store::Action;

use super::super::Desk;
use super::change::{Which, change};
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task requeue`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct RequeueArgs {
    #[command(flatten)]
    which: Which,
}

/// Puts dead letters back.
pub(in crate::command::task) async fn run(
    args: RequeueArgs,
    desk: &Desk,
) -> Result<Exit, CliError> {
    change(desk, args.which.ids, Action::Requeue).await
}
