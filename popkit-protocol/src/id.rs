//! Validated names.
//!
//! A name that exists is a valid name: every constructor checks, nothing else does.
//! Cloning is cheap (the text is shared).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ParseError;

/// The longest name, in bytes.
pub const MAX_LEN: usize = 128;

/// Identities that only popkit itself may use, whatever their case.
const RESERVED: [&str; 4] = ["coordinator", "human", "broadcast", "popkit"];

/// Names that some file systems give to devices.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Words of the message key space that cannot also be a session.
const NOT_SESSIONS: [&str; 14] = [
    "state",
    "agent",
    "stream",
    "tasks",
    "objective",
    "patterns",
    "completed",
    "coordinator",
    "insights",
    "human",
    "broadcast",
    "heartbeat",
    "results",
    "memory",
];

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    if DEVICES.contains(&stem.as_str()) {
        return true;
    }
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    numbered.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
}

fn check_id(what: &'static str, text: &str) -> Result<(), ParseError> {
    let refuse = |reason: &str| Err(ParseError::new(what, text, reason));
    let Some(first) = text.bytes().next() else {
        return refuse("it is empty; use letters, digits, `.`, `_` or `-`");
    };
    if text.len() > MAX_LEN {
        return refuse("it is longer than 128 characters");
    }
    if !first.is_ascii_alphanumeric() {
        return refuse("it must start with a letter or a digit");
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
        return refuse("only letters, digits, `.`, `_` and `-` are allowed");
    }
    if text.ends_with('.') {
        return refuse("it must not end in `.`");
    }
    if RESERVED.iter().any(|r| r.eq_ignore_ascii_case(text)) {
        return refuse("this name is reserved; choose another");
    }
    if is_device(text) {
        return refuse("this is a device name on some systems; choose another");
    }
    Ok(())
}

fn check_session(what: &'static str, text: &str) -> Result<(), ParseError> {
    check_id(what, text)?;
    if text.contains('.') {
        return Err(ParseError::new(what, text, "a session name contains no `.`"));
    }
    if NOT_SESSIONS.iter().any(|r| r.eq_ignore_ascii_case(text)) {
        return Err(ParseError::new(what, text, "this word names a channel; choose another"));
    }
    Ok(())
}

fn check_label(what: &'static str, text: &str) -> Result<(), ParseError> {
    let refuse = |reason: &str| Err(ParseError::new(what, text, reason));
    let Some(first) = text.bytes().next() else {
        return refuse("it is empty; use lower-case letters, digits or `._:/@-`");
    };
    if text.len() > MAX_LEN {
        return refuse("it is longer than 128 characters");
    }
    if !(first.is_ascii_lowercase() || first.is_ascii_digit()) {
        return refuse("it must start with a lower-case letter or a digit");
    }
    let inner = |b: u8| {
        b.is_ascii_lowercase()
            || b.is_ascii_digit()
            || matches!(b, b'.' | b'_' | b':' | b'/' | b'@' | b'-')
    };
    if !text.bytes().all(inner) {
        return refuse("only lower-case letters, digits and `._:/@-` are allowed");
    }
    Ok(())
}

fn check_unique(what: &'static str, text: &str) -> Result<(), ParseError> {
    if text.is_empty() || text.len() > 256 {
        return Err(ParseError::new(what, text, "it must have 1 to 256 bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err(ParseError::new(what, text, "control characters are not allowed"));
    }
    Ok(())
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and takes the text.
            ///
            /// # Errors
            ///
            /// [`ParseError`] with the rule that the text breaks.
            pub fn new(text: impl AsRef<str>) -> Result<Self, ParseError> {
                let text = text.as_ref();
                $check($what, text)?;
                Ok(Self(text.into()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;

            fn try_from(text: String) -> Result<Self, ParseError> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = ParseError;

            fn try_from(text: &str) -> Result<Self, ParseError> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// The name of a task: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`, not ending in `.`,
    /// neither a reserved identity nor a device name.
    TaskId, "task id", check_id
}
name! {
    /// The stable name of an agent, as people see it. It never owns a lease: a
    /// [`HolderId`](crate::HolderId) does. Grammar as [`TaskId`].
    AgentId, "agent id", check_id
}
name! {
    /// The name of a message. Grammar as [`TaskId`].
    MessageId, "message id", check_id
}
name! {
    /// The name of a power session. Grammar as [`TaskId`], without `.` and without the
    /// words that name channels.
    SessionId, "session id", check_session
}
name! {
    /// What sort of work a task is: `[a-z0-9][a-z0-9._:/@-]{0,127}`. May carry a
    /// version (`review.pr@2`).
    TaskKind, "task kind", check_label
}
name! {
    /// Something an agent can do and a task may require. Grammar as [`TaskKind`].
    Capability, "capability", check_label
}
name! {
    /// While a task with this key is open, inserting another with the same key answers
    /// that it is a duplicate. 1 to 256 bytes without control characters.
    UniqueKey, "unique key", check_unique
}

/// Turns an id into a file name that no case-insensitive file system confuses with
/// another id's: the id in lower case and, where it has capitals, `+` and one hex digit
/// for every four characters, whose bits say which are capitals (the first character is
/// the lowest bit; trailing zeros are left out). At most 161 bytes for an id.
#[must_use]
pub fn file_name(id: &str) -> String {
    let mut name = id.to_ascii_lowercase();
    let mut digits = String::new();
    for four in id.as_bytes().chunks(4) {
        let bits =
            four.iter().rev().fold(0, |bits, b| bits << 1 | u32::from(b.is_ascii_uppercase()));
        digits.extend(char::from_digit(bits, 16));
    }
    let digits = digits.trim_end_matches('0');
    if !digits.is_empty() {
        name.push('+');
        name.push_str(digits);
    }
    name
}

#[cfg(test)]
#[path = "id/tests.rs"]
mod tests;
