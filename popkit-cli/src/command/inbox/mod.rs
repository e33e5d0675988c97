//! `popkit inbox`: the messages to an agent, each until it is acknowledged.
//!
//! | Room | Holds |
//! |---|---|
//! | `open` | opening the inbox, or a copy of its place to peek |
//! | `read` | receiving, showing, acknowledging, in this order |
//! | `text` | letters for people: texts of others as marked blocks |
//! | `view` | letters as JSON |

mod open;
mod read;
mod text;
mod view;

use std::time::Duration;

use clap::Args;
use popkit_protocol::{AgentId, duration};

pub(crate) use read::run;

/// The arguments of `popkit inbox`.
#[derive(Debug, Args)]
pub(crate) struct InboxArgs {
    /// Whose inbox [env: POPKIT_AGENT]
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentId>,
    /// Where there is nothing, wait so long for the first message
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    wait: Option<Duration>,
    /// At most so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max: Option<u64>,
    /// Only look: acknowledge nothing, and leave another reader of the inbox alone
    #[arg(long, visible_alias = "no-ack")]
    peek: bool,
    /// Go on until Ctrl-C
    #[arg(short, long, conflicts_with = "wait")]
    follow: bool,
}
