//! What is posted in one go.

use bytes::Bytes;

use crate::rest::http::Ask;
use crate::{Command, Error, ErrorKind, Result};

/// What the service does not take over REST, beside what needs a connection of its own.
const FOREIGN: [&str; 6] = ["ASKING", "CLIENT", "CLUSTER", "HELLO", "READONLY", "READWRITE"];

/// How commands belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Form {
    /// One alone.
    One,
    /// Each for itself.
    Pipeline,
    /// All or none.
    Transaction,
}

/// Commands, and how they belong together.
#[derive(Debug)]
pub(in crate::rest) struct Request {
    pub(super) commands: Vec<Command>,
    pub(super) form: Form,
}

impl Request {
    pub(in crate::rest) fn new(form: Form, commands: Vec<Command>) -> Self {
        Self { commands, form }
    }

    /// As it is posted.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for what JSON cannot carry.
    pub(in crate::rest) fn ask(&self) -> Result<Ask> {
        let words = self.commands.iter().map(words).collect::<Result<Vec<_>>>()?;
        let (path, body) = match (self.form, words.as_slice()) {
            (Form::One, [only]) => ("/", serde_json::to_vec(only)),
            (Form::One | Form::Pipeline, all) => ("/pipeline", serde_json::to_vec(all)),
            (Form::Transaction, all) => ("/multi-exec", serde_json::to_vec(all)),
        };
        let body = body.map_err(|error| {
            let message = format!("no JSON can be made of {}", self.title());
            Error::new(ErrorKind::Unexpected, message).with_source(error)
        })?;
        let is_script = |command: &&Command| matches!(command.name(), "EVAL" | "EVALSHA");
        Ok(Ask {
            path,
            body: Bytes::from(body),
            title: self.title(),
            read: self.form != Form::Transaction && self.commands.iter().all(Command::is_read),
            commands: self.commands.len(),
            scripts: self.commands.iter().filter(is_script).count(),
            inner: self.commands.iter().map(Command::inner).sum(),
        })
    }

    /// What it is called in messages.
    pub(super) fn title(&self) -> String {
        let title = self.commands.first().map(Command::title).unwrap_or_default();
        match self.commands.len().saturating_sub(1) {
            0 => title,
            more => format!("{title} and {more} more"),
        }
    }
}

/// That the service takes this command over REST: asking would cost, and tell nothing new.
///
/// # Errors
///
/// `Unsupported`.
pub(in crate::rest) fn check_carried(command: &Command) -> Result<()> {
    let title = command.title();
    let message = if !command.is_shareable() {
        format!(
            "{title} needs a connection of its own, which REST has not; use the native wire \
             (rediss://)"
        )
    } else if FOREIGN.contains(&command.name()) {
        format!("{title} does not go over REST; use the native wire (rediss://)")
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// Name and arguments. All go as strings: numbers would be read by JSON's rules on the way.
fn words(command: &Command) -> Result<Vec<&str>> {
    let mut words = vec![command.name()];
    for (i, argument) in command.arguments().iter().enumerate() {
        words.push(std::str::from_utf8(argument).map_err(|_| {
            let message = format!(
                "argument {} of {} is no UTF-8 text, and REST carries nothing else; encode it, \
                 as with base64",
                i + 1,
                command.title()
            );
            Error::new(ErrorKind::InvalidInput, message)
        })?);
    }
    Ok(words)
}

#[cfg(test)]
#[path = "request/tests.rs"]
mod tests;
