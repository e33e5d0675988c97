//! One command.

use std::io;

use super::{billing, broken, limits, refuse};
use crate::upstash::backend::Backend;
use crate::upstash::resp::{Command, Link, Reply};
use crate::upstash::tokens::Caller;

/// Runs a command; what is refused, or fails, is an error among the replies.
///
/// # Errors
///
/// When the server behind is gone.
pub(super) async fn single(
    backend: &Backend,
    caller: Caller,
    link: &mut Link,
    mut command: Command,
) -> io::Result<Reply> {
    if let Some(text) = refuse::refuse(&mut command, backend.options.ignore_block) {
        return Ok(Reply::error(text));
    }
    if let Some(error) = limits::key(backend, link, &command).await? {
        return Ok(error);
    }
    if let Some(error) = limits::quota(backend) {
        return Ok(error);
    }
    backend.tally.add(command.name());
    let original = command.clone();
    backend.scripts.translate(&mut command);
    // The reader may run no script; Redis says so best without a transaction around it.
    let reply = if billing::runs_script(&command) && caller == Caller::Standard {
        script(backend, link, command).await?
    } else {
        link.ask(&command).await?
    };
    let reply = backend.scripts.translate_back(&original, reply);
    Ok(broken::distort(&original, reply, &backend.options))
}

/// Runs a script, and counts what it calls.
async fn script(backend: &Backend, link: &mut Link, script: Command) -> io::Result<Reply> {
    let multi = Command::of(&["MULTI"]);
    let exec = Command::of(&["EXEC"]);
    let commands = [multi, billing::question(), script.clone(), billing::question(), exec];
    let replies = link.ask_all(&commands).await?;
    let [_, _, queued, _, results] = <[Reply; 5]>::try_from(replies)
        .map_err(|_| io::Error::other("Redis sent too few replies"))?;
    if let Reply::Error(_) = queued {
        return Ok(queued);
    }
    match <[Reply; 3]>::try_from(results.into_items()) {
        Ok([before, reply, after]) => {
            billing::count(&backend.tally, &script, &before, &after);
            Ok(reply)
        }
        Err(_) => Err(io::Error::other("Redis has not run a script")),
    }
}
