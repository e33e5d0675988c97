//! `popkit send`: a message to an agent, to all, or to a channel as it is.
//!
//! | Room | Holds |
//! |---|---|
//! | `compose` | from the arguments to a message |
//! | `deliver` | sending it, and saying so |
//! | `hint` | what whoever sent may not expect |
//! | `right` | what agents may not say |

mod compose;
mod deliver;
mod hint;
mod right;

use std::time::Duration;

use clap::Args;
use popkit_protocol::{AgentId, MessageType, duration};

pub(crate) use deliver::run;

use crate::messages::kind;

/// The arguments of `popkit send`.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// Who it is for: an agent, coordinator, human, or all (also *); with --channel nobody,
    /// and the text comes first
    to: Option<String>,
    /// What to say; - for standard input
    text: Option<String>,
    /// What sort of message it is: query, task, result, insight, human_required …
    #[arg(long, value_name = "TYPE", default_value = "query", value_parser = kind::parse)]
    r#type: MessageType,
    /// Who sends it [env: POPKIT_AGENT] [default: cli]
    #[arg(long, value_name = "AGENT")]
    from: Option<AgentId>,
    /// The whole payload in place of a text: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    payload: Option<String>,
    /// How long it counts: who reads it later does not get it [default: 24h; 60s for a
    /// heartbeat]
    #[arg(long, value_name = "TIME", value_parser = ttl)]
    ttl: Option<Duration>,
    /// Whoever gets it should acknowledge it
    #[arg(long)]
    ack: bool,
    /// Publish the text or payload as it is, without an envelope, on this channel: results,
    /// agent:ann, or a full name as pop:results
    #[arg(long, value_name = "CHANNEL", conflicts_with_all = ["type", "from", "ttl", "ack"])]
    channel: Option<String>,
}

/// A life time that a message can have.
fn ttl(text: &str) -> Result<Duration, String> {
    let ttl = duration::parse(text).map_err(|error| error.to_string())?;
    if ttl.is_zero() { Err("a message counts for at least 1s".to_owned()) } else { Ok(ttl) }
}
