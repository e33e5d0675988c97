//! What goes wrong between us and a server. What the server itself refuses is in `classify`.

use std::io;

use redis::RedisError;

use super::convert;
use crate::{Command, Error, ErrorKind, RedisConfig, ServerError, classify};

/// A connection that could not be made: nothing was done.
pub(super) fn unreachable(config: &RedisConfig, at: &str, error: &io::Error) -> Error {
    use io::ErrorKind as Kind;
    let (kind, mend) = match error.kind() {
        Kind::ConnectionRefused => (ErrorKind::Unavailable, "; is the server running there?"),
        Kind::NotFound => (ErrorKind::Unavailable, "; is the server running, with this socket?"),
        Kind::PermissionDenied => {
            (ErrorKind::PermissionDenied, "; let this user open it (unixsocketperm)")
        }
        _ if config.tls => (ErrorKind::Unavailable, "; does this port speak TLS?"),
        _ => (ErrorKind::Unavailable, ""),
    };
    Error::new(kind, format!("cannot connect to {at}: {}{mend}", words(error)))
}

/// A connection on which the first words failed: nothing was done.
pub(super) fn unwelcome(config: &RedisConfig, at: &str, error: RedisError) -> Error {
    use redis::ErrorKind as Kind;
    let new = Error::new;
    match error.kind() {
        // Over RESP2 the crate keeps the server's words to itself.
        Kind::AuthenticationFailed => new(
            ErrorKind::Unauthenticated,
            format!(
                "{at} refused the user or password; correct them in the URL or in REDIS_PASSWORD"
            ),
        ),
        Kind::RESP3NotSupported => {
            new(ErrorKind::Unsupported, format!("{at} does not speak RESP3; use protocol=resp2"))
        }
        Kind::Parse => new(
            ErrorKind::InvalidConfig,
            format!("{at} does not speak the Redis protocol; if it speaks TLS, use rediss://"),
        ),
        Kind::Io => {
            let hint = if config.tls {
                ""
            } else {
                "; does this port want TLS (rediss://), or has it no free connection (maxclients)?"
            };
            new(ErrorKind::Unavailable, format!("{at} closed the connection at once{hint}"))
        }
        _ => match redis::ServerError::try_from(error) {
            Ok(refused) => {
                classify::refused(convert::refusal(&refused), &Command::new("HELLO"), false)
            }
            Err(error) => setting(config, at, &error),
        },
    }
}

/// The crate puts a refused `SELECT` into words of its own, and keeps the server's text without
/// its code.
fn setting(config: &RedisConfig, at: &str, error: &RedisError) -> Error {
    let text = error.detail().unwrap_or_default();
    if config.db == 0 || !error.to_string().contains("switch database") {
        let message = format!("cannot begin to talk to {at}: {}", error.category());
        return Error::new(ErrorKind::Unexpected, message);
    }
    let code = [("Authentication required", "NOAUTH"), ("no permissions", "NOPERM")];
    let code = code.iter().find(|(words, _)| text.contains(words)).map_or("ERR", |(_, code)| code);
    let message = match text {
        _ if code != "ERR" => {
            return classify::refused(ServerError::new(code, text), &Command::new("SELECT"), false);
        }
        _ if text.contains("cluster mode") => format!(
            "{at} is a node of a cluster, which has database 0 alone; use redis+cluster://{at}"
        ),
        _ => format!(
            "{at} has no database {}; choose one from 0 to 15, as in redis://HOST/0",
            config.db
        ),
    };
    Error::new(ErrorKind::InvalidConfig, message)
}

/// An answer that will not come any more, on a connection that worked.
pub(super) fn broken(title: &str, error: &RedisError) -> Error {
    let error = match error.kind() {
        redis::ErrorKind::Parse => Error::new(
            ErrorKind::Unexpected,
            format!("the answer to {title} was not of the Redis protocol"),
        ),
        _ => Error::new(
            ErrorKind::Unavailable,
            format!("the connection to Redis was lost before {title} was answered"),
        ),
    };
    error.unknown()
}

/// An answer that did not come in time.
pub(super) fn late(title: &str, waited: std::time::Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("Redis did not answer {title} within {waited:?}"))
        .unknown()
}

/// A handle that was closed.
pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the Redis handle was closed; open a new one")
}

/// The system's words, without its number.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use popkit_protocol::OutcomeKind;

    use super::*;

    fn config() -> RedisConfig {
        "redis://bob:hunter2@localhost/3".parse().unwrap()
    }

    #[test]
    fn what_was_never_connected_was_not_applied() {
        for (cause, kind, says) in [
            (io::ErrorKind::ConnectionRefused, ErrorKind::Unavailable, "is the server running"),
            (io::ErrorKind::NotFound, ErrorKind::Unavailable, "with this socket"),
            (io::ErrorKind::PermissionDenied, ErrorKind::PermissionDenied, "unixsocketperm"),
            (io::ErrorKind::HostUnreachable, ErrorKind::Unavailable, "cannot connect to a:1"),
        ] {
            let error = unreachable(&config(), "a:1", &cause.into());
            assert_eq!((error.kind(), error.outcome()), (kind, OutcomeKind::NotApplied));
            assert!(error.to_string().contains(says), "{error}");
        }
        let secure = config().tls(true);
        let error = unreachable(&secure, "a:1", &io::ErrorKind::UnexpectedEof.into());
        assert!(error.to_string().contains("speak TLS?"), "{error}");
    }

    #[test]
    fn the_first_words_tell_what_is_wrong() {
        let refused = |line: &[u8]| match redis::parse_redis_value(line).unwrap() {
            redis::Value::ServerError(error) => RedisError::from(error),
            other => panic!("{other:?}"),
        };
        let select = |text: &str| {
            let kind = redis::ServerErrorKind::ResponseError.into();
            RedisError::from((kind, "Redis server refused to switch database", text.to_owned()))
        };
        for (error, kind, says) in [
            (
                (redis::ErrorKind::AuthenticationFailed, "x").into(),
                ErrorKind::Unauthenticated,
                "refused the user or password",
            ),
            (
                (redis::ErrorKind::RESP3NotSupported, "x").into(),
                ErrorKind::Unsupported,
                "protocol=resp2",
            ),
            ((redis::ErrorKind::Parse, "x").into(), ErrorKind::InvalidConfig, "use rediss://"),
            (
                io::Error::from(io::ErrorKind::BrokenPipe).into(),
                ErrorKind::Unavailable,
                "want TLS (rediss://)",
            ),
            (refused(b"-WRONGPASS x\r\n"), ErrorKind::Unauthenticated, "no such user"),
            (refused(b"-NOAUTH x\r\n"), ErrorKind::Unauthenticated, "wants a password"),
            (select("DB index is out of range"), ErrorKind::InvalidConfig, "has no database 3"),
            (select("Authentication required."), ErrorKind::Unauthenticated, "wants a password"),
            (
                select("User bob has no permissions to run the 'select' command"),
                ErrorKind::PermissionDenied,
                "may not run SELECT; allow it: ACL SETUSER NAME +select",
            ),
            (
                select("SELECT is not allowed in cluster mode"),
                ErrorKind::InvalidConfig,
                "use redis+cluster://a:1",
            ),
        ] {
            let error = unwelcome(&config(), "a:1", error);
            assert_eq!((error.kind(), error.outcome()), (kind, OutcomeKind::NotApplied));
            assert!(error.to_string().contains(says), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_lost_answer_is_unknown() {
        let cut = RedisError::from(io::Error::from(io::ErrorKind::ConnectionReset));
        let error = broken("XADD", &cut);
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::Unknown));
        assert!(error.to_string().contains("before XADD was answered"), "{error}");
        let error = late("XADD", std::time::Duration::from_secs(5));
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
        assert!(error.is_retryable());
    }

    #[test]
    fn the_systems_words_have_no_number() {
        assert_eq!(words(&io::Error::from_raw_os_error(111)), "connection refused");
    }
}
