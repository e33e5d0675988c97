//! `popkit inbox`: the messages to an agent, each until it is acknowledged.
//!
//! | Room | Holds |
//! |---|---|
//! | `runner` | whether another program reads it for the agent |
//! | `open` | opening the inbox, or a copy of its place to peek |
//! | `filter` | which letters are shown, and which are waited for |
//! | `read` | receiving, showing, acknowledging, in this order |
//! | `text` | letters for people: texts of others as marked blocks |
//! | `view` | letters as JSON |

mod filter;
mod open;
mod read;
mod runner;
mod text;
mod view;

use std::time::Duration;

use clap::Args;
use popkit_protocol::{AgentId, MessageType, duration};

pub(crate) use read::run;

use crate::messages::kind;

/// The arguments of `popkit inbox`.
#[derive(Debug, Args)]
pub(crate) struct InboxArgs {
    /// Whose inbox [env: POPKIT_AGENT]
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentId>,
    /// Only what was sent to this agent; broadcasts stay unread
    #[arg(long)]
    direct: bool,
    /// Only messages of these types; the others stay unread
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = kind::parse)]
    types: Vec<MessageType>,
    /// Where there is nothing, wait so long for the first message; news of a run do not end it
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
