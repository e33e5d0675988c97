//! Between this crate's words and the `redis` crate's.

use redis::{Cmd, Pipeline, Value};

use crate::{Command, Reply, Result, ServerError, classify};

/// A command as the crate sends it.
pub(super) fn packed(command: &Command) -> Cmd {
    let size: usize = command.arguments().iter().map(|one| one.len()).sum();
    let mut packed = Cmd::with_capacity(command.arguments().len() + 1, size + command.name().len());
    packed.arg(command.name());
    for argument in command.arguments() {
        packed.arg(&argument[..]);
    }
    packed
}

/// Commands as the crate sends them in one go.
pub(super) fn pipeline<'a>(commands: impl IntoIterator<Item = &'a Command>) -> Pipeline {
    let mut pipeline = Pipeline::new();
    for command in commands {
        pipeline.add_command(packed(command));
    }
    pipeline
}

/// The answer to a command; an error where it is one.
pub(super) fn answer(value: Value, command: &Command, cluster: bool) -> Result<Reply> {
    match reply(value) {
        Reply::Error(refused) => Err(classify::refused(refused, command, cluster)),
        reply => Ok(reply),
    }
}

/// The server's error, as ours.
pub(super) fn refusal(error: &redis::ServerError) -> ServerError {
    ServerError::new(error.code(), error.details().unwrap_or_default())
}

fn reply(value: Value) -> Reply {
    let list = |values: Vec<Value>| Reply::Array(values.into_iter().map(reply).collect());
    match value {
        Value::Nil => Reply::Nil,
        Value::Int(number) => Reply::Int(number),
        Value::Double(number) => Reply::Double(number),
        Value::Boolean(flag) => Reply::Bool(flag),
        Value::Okay => Reply::Status("OK".to_owned()),
        Value::SimpleString(text) => Reply::Status(text),
        Value::BulkString(bytes) | Value::BigNumber(bytes) => Reply::Bytes(bytes.into()),
        Value::VerbatimString { text, .. } => Reply::Bytes(text.into()),
        Value::Array(values) | Value::Set(values) | Value::Push { data: values, .. } => {
            list(values)
        }
        Value::Map(pairs) => {
            let pair = |(key, value)| (reply(key), reply(value));
            Reply::Map(pairs.into_iter().map(pair).collect())
        }
        Value::Attribute { data, .. } => reply(*data),
        Value::ServerError(error) => Reply::Error(refusal(&error)),
        // The crate may learn of more, which a server must be asked for.
        other => Reply::Error(ServerError::new("ERR", &format!("unknown answer: {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_command_is_sent_as_it_is() {
        let command = Command::new("SET").arg("k").arg(Bytes::from_static(&[0, 255, b'\n']));
        let expected = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\x00\xff\n\r\n";
        assert_eq!(packed(&command).get_packed_command(), expected);
    }

    #[test]
    fn answers_of_both_protocols_are_read() {
        let text = |text: &str| Value::BulkString(text.into());
        let map = Value::Map(vec![(text("a"), Value::Double(1.5))]);
        let expected = Reply::Map(vec![(Reply::Bytes("a".into()), Reply::Double(1.5))]);
        assert_eq!(reply(map), expected);
        let nested = Value::Array(vec![Value::Okay, Value::Nil, Value::Set(vec![Value::Int(1)])]);
        let expected =
            vec![Reply::Status("OK".to_owned()), Reply::Nil, Reply::Array(vec![Reply::Int(1)])];
        assert_eq!(reply(nested), Reply::Array(expected));
    }

    #[test]
    fn an_error_keeps_code_and_text() {
        let value = redis::parse_redis_value(b"-LANES_STALE version 3\r\n").unwrap();
        let error = answer(value, &Command::new("EVALSHA"), false).unwrap_err();
        let refused = crate::server_error(&error).unwrap();
        assert_eq!((refused.code(), refused.text()), ("LANES_STALE", "version 3"));
    }
}
