//! `popkit watch`: what is said on channels, as it is said.
//!
//! | Room | Holds |
//! |---|---|
//! | `place` | where to begin, and keeping how far was read |
//! | `channels` | what is watched: named channels, or all, with those of agents as they come |
//! | `follow` | reading, until the end or a signal |
//! | `heard` | what an event is: a message, news of a task, or neither |
//! | `line` | events for people |
//! | `view` | events as JSON |

mod channels;
mod follow;
mod heard;
mod line;
mod place;
mod view;

use std::path::PathBuf;

use clap::Args;

pub(crate) use follow::run;

/// The arguments of `popkit watch`.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// results, agent:ann, tasks:new …, or full names as pop:results [default: all: the six
    /// well-known channels, the five of tasks, and those of all agents, also of later ones]
    #[arg(value_name = "CHANNEL")]
    channels: Vec<String>,
    /// The default channels, by name
    #[arg(long, conflicts_with = "channels")]
    all: bool,
    /// Where to begin: now, start, a cursor, or @FILE with one [default: now; with --once:
    /// start]
    #[arg(long, value_name = "WHERE")]
    from: Option<String>,
    /// End after what is there
    #[arg(long)]
    once: bool,
    /// Keep in this file how far was read, for --from @FILE
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Show payloads as they were published
    #[arg(long)]
    raw: bool,
}
