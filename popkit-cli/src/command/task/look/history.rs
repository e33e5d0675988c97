//! `popkit task history`.

use std::time::Duration;

use clap::Args;
use popkit_protocol::{Cursor, TaskId};
use popkit_store::{HistoryQuery, PageRequest, TaskStoreExt as _};

use super::super::view::event::{self, EventView};
use super::super::{Desk, unknown};
use crate::context::is_rest;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use crate::signals::Signals;

/// How often `--follow` looks for news. The store is the truth and has no push for readers.
const PERIOD: Duration = Duration::from_millis(500);
/// The same where each look is billed.
const BILLED: Duration = Duration::from_secs(5);

/// The arguments of `popkit task history`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct HistoryArgs {
    /// The task; all tasks where none is named
    id: Option<TaskId>,
    /// Go on after this cursor: the first number of a line, `cursor` in JSON
    #[arg(long, value_name = "CURSOR", default_value_t = 0, hide_default_value = true)]
    after: u64,
    /// At most so many events
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Wait for more, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
}

/// Shows events.
pub(in crate::command::task) async fn run(
    args: HistoryArgs,
    desk: &Desk,
) -> Result<Exit, CliError> {
    let mut query = match args.id {
        Some(id) => {
            if desk.tasks.get(&id).await?.is_none() {
                return Err(unknown(&id));
            }
            HistoryQuery::of(id)
        }
        None => HistoryQuery::after(Cursor::START),
    };
    query.page.after = args.after;
    // Once for all rounds: a signal during a round is seen at its end. Without `--follow`
    // it ends the process as usual.
    let mut signals = args.follow.then(Signals::new).transpose()?;
    let is_billed = desk.cx.store_url().is_some_and(|url| is_rest(&url));
    let period = if is_billed { BILLED } else { PERIOD };
    let mut left = args.limit.unwrap_or(usize::MAX);
    while left > 0 {
        query.page = PageRequest::first(left.min(1000)).after(query.page.after);
        let page = desk.tasks.history(query.clone()).await?;
        left -= page.items.len().min(left);
        for event in &page.items {
            query.page.after = event.cursor.number();
            if desk.cx.json {
                output::json(&EventView::new(event)?)?;
            } else {
                output::line(event::line(event))?;
            }
        }
        if let Some(next) = page.next {
            query.page.after = next;
        } else if signals.is_none() {
            break;
        }
        if let Some(signals) = &mut signals {
            let pause = if page.next.is_some() { Duration::ZERO } else { period };
            tokio::select! {
                biased;
                () = signals.next() => return Ok(Exit::Interrupted),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
    Ok(Exit::Done)
}
