//! The two tokens of a double, and who they stand for.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use super::resp::Command;
use crate::RedisOptions;

/// The Redis user behind the read-only token.
const READER: &str = "upstash-reader";

/// What the read-only token may do: what the service's may, and the plumbing of a transaction.
const RIGHTS: &str = "~* +@read -@dangerous -scan +ping +echo +multi +exec +discard";

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// May do everything.
    Standard,
    /// May read.
    Reader,
}

/// The tokens; drawn anew for each double.
pub(super) struct Tokens {
    standard: String,
    reader: String,
    /// Of the Redis user.
    password: String,
}

impl Tokens {
    /// Draws them.
    pub(super) fn draw() -> Self {
        let [standard, reader, password] = ["std", "rdo", "pwd"]
            .map(|kind| format!("{kind}{:016x}", RandomState::new().hash_one(kind)));
        Self { standard, reader, password }
    }

    /// The token that may do everything.
    pub(super) fn standard(&self) -> &str {
        &self.standard
    }

    /// The token that may read.
    pub(super) fn reader(&self) -> &str {
        &self.reader
    }

    /// Whose token it is; `None` for nobody's.
    pub(super) fn caller(&self, token: &str) -> Option<Caller> {
        if token == self.standard {
            Some(Caller::Standard)
        } else if token == self.reader {
            Some(Caller::Reader)
        } else {
            None
        }
    }

    /// The options of a server that knows the users.
    pub(super) fn users(&self, redis: RedisOptions) -> RedisOptions {
        redis.acl_file(format!("user {READER} on >{} {RIGHTS}", self.password))
    }

    /// How a connection becomes the caller's; nothing for the default user.
    pub(super) fn login(&self, caller: Caller) -> Option<Command> {
        (caller == Caller::Reader).then(|| Command::of(&["AUTH", READER, &self.password]))
    }
}

/// Without what they hide.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_for_its_caller() {
        let tokens = Tokens::draw();
        assert_eq!(tokens.caller(tokens.standard()), Some(Caller::Standard));
        assert_eq!(tokens.caller(tokens.reader()), Some(Caller::Reader));
        assert_eq!(tokens.caller(""), None);
    }

    #[test]
    fn tokens_are_not_shown() {
        let tokens = Tokens::draw();
        let shown = format!("{tokens:?}");
        assert!(!shown.contains(tokens.standard()) && !shown.contains(&tokens.password), "{shown}");
    }
}
