//! The answers to a request, from the body of an answer.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::decode;
use super::request::{Form, Request};
use crate::rest::http::{Answer, Sort, Trouble};
use crate::rest::refusal::{status, text};
use crate::{Command, Error, ErrorKind, Reply, Result, ServerError};

/// What is answered to one command.
#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<String>,
}

/// A result that is null is one, other than a result that is missing.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Request {
    /// The answers, one for each command.
    pub(in crate::rest) fn read(&self, answer: &Answer) -> Result<Vec<Result<Reply>>, Trouble> {
        let title = self.title();
        let unnamed = Command::new("EXEC");
        let first = self.commands.first().unwrap_or(&unnamed);
        if answer.status.as_u16() != 200 {
            return Err(status::refused(answer, first, &title));
        }
        let body = &answer.body;
        let is_list = body.trim_ascii_start().starts_with(b"[");
        let items = if self.form != Form::One && is_list {
            serde_json::from_slice(body)
        } else {
            serde_json::from_slice(body).map(|item| vec![item])
        };
        let items: Vec<Item> = items.map_err(|_| {
            let what = match answer.is_page() {
                true => "is a page and not JSON; is a gateway or a login in between?",
                false => "is not the JSON of a REST service",
            };
            broken(&title, what)
        })?;
        if self.form != Form::One && !is_list {
            // One answer to several commands: none of them was done.
            let words = items.into_iter().find_map(|item| item.error);
            let refused = words.map(|words| text::refused(ServerError::parse(&words), first));
            return Err(refused.map_or_else(|| broken(&title, "is no list"), Trouble::told));
        }
        if items.len() != self.commands.len() {
            let what = format!("has {} parts for {}", items.len(), self.commands.len());
            return Err(broken(&title, &what));
        }
        items.into_iter().zip(&self.commands).map(|(item, command)| read(item, command)).collect()
    }
}

/// The outer error is that the whole answer is not to be trusted.
fn read(item: Item, command: &Command) -> Result<Result<Reply>, Trouble> {
    match item {
        Item { error: Some(words), .. } => {
            Ok(Err(text::refused(ServerError::parse(&words), command)))
        }
        Item { result: Some(value), .. } => match decode::reply(value) {
            Ok(reply) => Ok(Ok(reply)),
            Err(odd) => Err(broken(&command.title(), odd.what())),
        },
        Item { .. } => Err(broken(&command.title(), "has neither result nor error")),
    }
}

/// An answer with status 200 that is none: what was asked was done, most likely.
fn broken(title: &str, what: &str) -> Trouble {
    let message = format!("the answer to {title} {what}");
    Trouble::new(Sort::Told, Error::new(ErrorKind::Unexpected, message).unknown())
}

#[cfg(test)]
#[path = "read/tests.rs"]
mod tests;
