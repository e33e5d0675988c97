//! `popkit status`: how things stand, while a run is going on and after it.
//!
//! | Room | Holds |
//! |---|---|
//! | `gather` | all that is looked at |
//! | `tasks` | phases, and what blocked tasks wait for |
//! | `agents` | agents: heard when, doing what, with how many unread messages |
//! | `text` | the report for people |
//! | `view` | the same as JSON |

mod agents;
mod gather;
mod tasks;
mod text;
mod view;

use clap::Args;

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// The arguments of `popkit status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {}

/// Shows how things stand. Changes and makes nothing.
pub(crate) async fn run(_: StatusArgs, cx: Context) -> Result<Exit, CliError> {
    let gathered = gather::gather(&cx).await?;
    if cx.json {
        output::json(&view::StatusView::new(&gathered))?;
    } else {
        output::line(text::text(&gathered))?;
    }
    Ok(Exit::Done)
}
