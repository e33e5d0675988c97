//! Replies that are wrong on purpose.

use crate::upstash::options::{Broken, UpstashOptions};
use crate::upstash::resp::{Command, Reply};

/// The reply as a broken double gives it.
pub(super) fn distort(command: &Command, reply: Reply, options: &UpstashOptions) -> Reply {
    match reply {
        Reply::Array(Some(streams))
            if options.is(Broken::FlatXread) && command.name().starts_with("xread") =>
        {
            Reply::Array(Some(streams.into_iter().flat_map(Reply::into_items).collect()))
        }
        reply => reply,
    }
}
