//! What is sent in one go.

use redis::Value;

use super::convert;
use crate::{Command, Error, ErrorKind, Reply, Result, ServerError, classify};

/// One command or several, and how they belong together.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) commands: Vec<Command>,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    One,
    Pipeline,
    /// With `MULTI` before and `EXEC` after.
    Transaction,
}

impl Request {
    pub(super) fn one(command: Command) -> Self {
        Self { commands: vec![command], form: Form::One }
    }

    pub(super) fn pipeline(commands: Vec<Command>) -> Self {
        Self { commands, form: Form::Pipeline }
    }

    pub(super) fn transaction(commands: Vec<Command>) -> Self {
        let mut all = Vec::with_capacity(commands.len() + 2);
        all.push(Command::new("MULTI"));
        all.extend(commands);
        all.push(Command::new("EXEC"));
        Self { commands: all, form: Form::Transaction }
    }

    /// That nothing in it would hold up, or change, a connection that others share.
    pub(super) fn check(&self) -> Result<()> {
        let own = match self.form {
            // `MULTI` and `EXEC` are ours.
            Form::Transaction => self.commands.get(1..self.commands.len().saturating_sub(1)),
            Form::One | Form::Pipeline => Some(self.commands.as_slice()),
        };
        let mut own = own.unwrap_or_default().iter();
        match own.find(|command| !command.is_shareable()) {
            None => Ok(()),
            Some(command) => {
                let message = format!(
                    "{} does not belong on a connection that others share; use a dedicated one",
                    command.title()
                );
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
    }

    /// The only command, where there is one.
    pub(super) fn single(&self) -> Option<&Command> {
        match (self.form, self.commands.as_slice()) {
            (Form::One, [command]) => Some(command),
            _ => None,
        }
    }

    /// Whether it changes nothing.
    pub(super) fn is_read(&self) -> bool {
        self.form != Form::Transaction && self.commands.iter().all(Command::is_read)
    }

    /// Whether it is done wholly or not at all.
    #[cfg(any(test, feature = "cluster"))]
    pub(super) fn is_atomic(&self) -> bool {
        self.form != Form::Pipeline || self.commands.len() == 1
    }

    /// What it is called in messages.
    pub(super) fn title(&self) -> String {
        let (first, more) = match self.form {
            Form::One => (self.commands.first(), 0),
            Form::Pipeline => (self.commands.first(), self.commands.len().saturating_sub(1)),
            Form::Transaction => (self.commands.get(1), self.commands.len().saturating_sub(3)),
        };
        let title = first.map(Command::title).unwrap_or_default();
        if more == 0 { title } else { format!("{title} and {more} more") }
    }

    /// The key by which a cluster finds the node.
    #[cfg(any(test, feature = "cluster"))]
    pub(super) fn key(&self) -> Option<&[u8]> {
        self.commands.iter().find_map(Command::key).map(|key| &key[..])
    }

    /// Where the server has done nothing of it and will do it later: what it said.
    pub(super) fn passing(&self, answers: &[Value], cluster: bool) -> Option<ServerError> {
        let refusal = |answer: &Value| match answer {
            Value::ServerError(error) => {
                Some(convert::refusal(error)).filter(|error| classify::is_passing(error, cluster))
            }
            _ => None,
        };
        match self.form {
            Form::One | Form::Pipeline => {
                let all = answers.iter().all(|answer| refusal(answer).is_some());
                answers.first().and_then(refusal).filter(|_| all)
            }
            // A command that is refused when it is queued keeps the others from being done.
            Form::Transaction => {
                let refused = matches!(answers.last(), Some(Value::ServerError(_)));
                answers.iter().find_map(refusal).filter(|_| refused)
            }
        }
    }

    /// The answers, one for each command that the caller gave.
    pub(super) fn read(self, answers: Vec<Value>, cluster: bool) -> Result<Vec<Result<Reply>>> {
        let read = |(value, command): (Value, &Command)| convert::answer(value, command, cluster);
        if self.form != Form::Transaction {
            return Ok(answers.into_iter().zip(&self.commands).map(read).collect());
        }
        let mut answers = answers;
        let done = answers.pop().unwrap_or(Value::Nil);
        if let Value::Array(values) = done {
            let given = self.commands.iter().skip(1);
            return Ok(values.into_iter().zip(given).map(read).collect());
        }
        // What was refused while it was queued says more than that nothing was done.
        let queued = answers.into_iter().zip(&self.commands).map(read);
        if let Some(error) = queued.filter_map(Result::err).next() {
            return Err(error);
        }
        let exec = Command::new("EXEC");
        let reply = convert::answer(done, &exec, cluster)?;
        reply.into_array().map(|_| Vec::new())
    }
}

#[cfg(test)]
#[path = "request/tests.rs"]
mod tests;
