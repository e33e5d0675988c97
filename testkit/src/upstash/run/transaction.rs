//! Several commands as one.

use std::io;

use super::{billing, broken, limits, refuse};
use crate::upstash::backend::Backend;
use crate::upstash::resp::{Command, Link, Reply};
use crate::upstash::tokens::Caller;

/// How a transaction has ended.
#[derive(Debug)]
pub(in crate::upstash) enum Transaction {
    /// It has run; errors may be among the replies.
    Run(Vec<Reply>),
    /// Nothing has run, because of this error.
    Discarded(Reply),
}

/// Runs the commands in a transaction on a connection that nobody else uses.
///
/// # Errors
///
/// When the server behind is gone.
pub(in crate::upstash) async fn transaction(
    backend: &Backend,
    caller: Caller,
    link: &mut Link,
    mut commands: Vec<Command>,
) -> io::Result<Transaction> {
    for command in &mut commands {
        if let Some(text) = refuse::refuse(command, backend.options.ignore_block) {
            return Ok(Transaction::Discarded(Reply::error(text)));
        }
        if let Some(error) = limits::key(backend, link, command).await? {
            return Ok(Transaction::Discarded(error));
        }
    }
    if let Some(error) = limits::quota(backend) {
        return Ok(Transaction::Discarded(error));
    }
    let plan = Plan::new(backend, caller, &commands);
    let mut queued = link.ask_all(&plan.wire).await?;
    if let Some(at) = queued.iter().position(|reply| matches!(reply, Reply::Error(_))) {
        link.ask(&Command::of(&["DISCARD"])).await?;
        return Ok(Transaction::Discarded(queued.swap_remove(at)));
    }
    match link.ask(&Command::of(&["EXEC"])).await? {
        error @ Reply::Error(_) => Ok(Transaction::Discarded(error)),
        results => Ok(Transaction::Run(plan.collect(backend, results.into_items()))),
    }
}

/// What is sent for the commands of a transaction.
struct Plan<'a> {
    commands: &'a [Command],
    /// `MULTI`, and the commands, scripts between two questions.
    wire: Vec<Command>,
    /// Whether scripts stand between questions.
    counted: bool,
}

impl<'a> Plan<'a> {
    fn new(backend: &Backend, caller: Caller, commands: &'a [Command]) -> Self {
        let counted = caller == Caller::Standard;
        let mut wire = vec![Command::of(&["MULTI"])];
        for command in commands {
            let mut translated = command.clone();
            backend.scripts.translate(&mut translated);
            if counted && billing::runs_script(command) {
                wire.extend([billing::question(), translated, billing::question()]);
            } else {
                wire.push(translated);
            }
        }
        Self { commands, wire, counted }
    }

    /// The replies to the commands, which are counted.
    fn collect(&self, backend: &Backend, results: Vec<Reply>) -> Vec<Reply> {
        let mut results = results.into_iter();
        let mut replies = Vec::with_capacity(self.commands.len());
        for command in self.commands {
            backend.tally.add(command.name());
            let reply = if self.counted && billing::runs_script(command) {
                let (before, reply, after) = (results.next(), results.next(), results.next());
                if let (Some(before), Some(after)) = (before, after) {
                    billing::count(&backend.tally, command, &before, &after);
                }
                reply
            } else {
                results.next()
            };
            let reply = reply.unwrap_or(Reply::Bulk(None));
            let reply = backend.scripts.translate_back(command, reply);
            replies.push(broken::distort(command, reply, &backend.options));
        }
        replies
    }
}
