//! `popkit task approve`.

use clap::Args;
use popkit_store::Action;

use super::super::Desk;
use super::change::{Which, change};
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task approve`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ApproveArgs {
    #[command(flatten)]
    which: Which,
}

/// Accepts work.
pub(in crate::command::task) async fn run(
    args: ApproveArgs,
    desk: &Desk,
) -> Result<Exit, CliError> {
    change(desk, args.which.ids, Action::Approve).await
}
