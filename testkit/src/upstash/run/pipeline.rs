//! Several commands in their order, with whatever other clients do in between.

use std::io;

use super::single;
use crate::upstash::backend::Backend;
use crate::upstash::resp::{Command, Link, Reply};
use crate::upstash::tokens::Caller;

/// Runs the commands one by one; an error ends none of those that follow.
///
/// # Errors
///
/// When the server behind is gone.
pub(in crate::upstash) async fn pipeline(
    backend: &Backend,
    caller: Caller,
    link: &mut Link,
    commands: Vec<Command>,
) -> io::Result<Vec<Reply>> {
    let mut replies = Vec::with_capacity(commands.len());
    for command in commands {
        replies.push(single(backend, caller, link, command).await?);
    }
    Ok(replies)
}
