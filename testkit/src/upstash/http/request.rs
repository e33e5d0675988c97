//! The commands of a request.

use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::answer::Answer;
use crate::upstash::resp::Command;

/// The command in the path: the body is its last argument, and what the URL says after `?` follows.
///
/// # Errors
///
/// The answer to a request without a command.
pub(super) fn from_path(
    mut words: Vec<Vec<u8>>,
    parts: &Parts,
    body: Vec<u8>,
) -> Result<Command, Answer> {
    if !body.is_empty() {
        words.push(body);
    }
    for (name, value) in query(parts) {
        if name != b"_token" {
            words.push(name);
            words.extend((!value.is_empty()).then_some(value));
        }
    }
    Command::new(words).ok_or_else(|| bad("empty command"))
}

/// The command in a JSON array.
///
/// # Errors
///
/// The answer to anything else.
pub(super) fn from_body(body: &[u8]) -> Result<Command, Answer> {
    command(json(body)?)
}

/// The commands in a JSON array of arrays.
///
/// # Errors
///
/// The answer to anything else.
pub(super) fn many(body: &[u8]) -> Result<Vec<Command>, Answer> {
    let Value::Array(commands) = json(body)? else {
        return Err(bad("failed to parse pipeline request: expected an array of commands"));
    };
    if commands.is_empty() {
        return Err(bad("empty pipeline request"));
    }
    commands.into_iter().map(command).collect()
}

/// The pairs of a URL, decoded; a value that is not there is empty.
pub(super) fn query(parts: &Parts) -> Vec<(Vec<u8>, Vec<u8>)> {
    let query = parts.uri.query().unwrap_or_default();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// The bytes that percent signs stand for.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

fn json(body: &[u8]) -> Result<Value, Answer> {
    serde_json::from_slice(body).map_err(|_| bad("failed to parse command: invalid JSON"))
}

fn command(value: Value) -> Result<Command, Answer> {
    let Value::Array(words) = value else {
        return Err(bad("failed to parse command: expected an array"));
    };
    let words: Option<Vec<Vec<u8>>> = words.into_iter().map(word).collect();
    let words = words.ok_or_else(|| bad("failed to parse command: expected strings"))?;
    Command::new(words).ok_or_else(|| bad("empty command"))
}

fn word(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.into_bytes()),
        Value::Number(number) => Some(number.to_string().into_bytes()),
        Value::Bool(flag) => Some(flag.to_string().into_bytes()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn bad(what: &str) -> Answer {
    Answer::error(400, &format!("ERR {what}"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn path(uri: &str, words: &[&str], body: &str) -> Command {
        let (parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
        let words = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        from_path(words, &parts, body.into()).unwrap()
    }

    #[test]
    fn the_body_comes_before_what_the_url_adds() {
        let command = path("/set/foo?EX=100&NX&_token=t", &["set", "foo"], "a b");
        assert_eq!(command, Command::of(&["set", "foo", "a b", "EX", "100", "NX"]));
    }

    #[test]
    fn numbers_and_flags_become_words() {
        let command = from_body(br#"["SET", "k", 1, -2.5, true]"#).unwrap();
        assert_eq!(command, Command::of(&["SET", "k", "1", "-2.5", "true"]));
    }

    #[test]
    fn what_is_not_a_command_is_refused() {
        for body in ["", "{}", "[]", "[null]", "[[\"GET\"]]", "{\"a\":1}", "[\"GET\""] {
            assert_eq!(from_body(body.as_bytes()).unwrap_err().status, 400, "{body}");
        }
        for body in ["[]", "[\"GET\"]", "[[]]", "{}"] {
            assert_eq!(many(body.as_bytes()).unwrap_err().status, 400, "{body}");
        }
    }
}
