//! Scripts, and how they are called.

use std::borrow::Cow;
use std::sync::OnceLock;

use bytes::Bytes;

use crate::{Argument, Command};

/// The line that makes Upstash lock the keys of a script alone. Redis refuses it.
const KEY_LOCKING: &str = "#!lua flags=allow-key-locking\n";

/// A script in Lua: constant, and called by its digest. Whatever differs between two calls is
/// given as keys and arguments; every key is declared.
///
/// ```
/// use popkit_redis::Script;
///
/// static BUMP: Script = Script::new("bump", "return redis.call('INCR', KEYS[1])");
/// assert_eq!(BUMP.digest(false).len(), 40);
/// ```
#[derive(Debug)]
pub struct Script {
    name: &'static str,
    source: &'static str,
    plain: OnceLock<String>,
    key_locking: OnceLock<String>,
}

impl Script {
    /// A script under a name for messages.
    #[must_use]
    pub const fn new(name: &'static str, source: &'static str) -> Self {
        Self { name, source, plain: OnceLock::new(), key_locking: OnceLock::new() }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The text as the server gets it; with `key_locking`
    /// ([`WireCapabilities::key_locking_flag`](crate::WireCapabilities::key_locking_flag)) with
    /// the line that locks its keys alone.
    #[must_use]
    pub fn source(&self, key_locking: bool) -> Cow<'static, str> {
        if key_locking {
            Cow::Owned(format!("{KEY_LOCKING}{}", self.source))
        } else {
            Cow::Borrowed(self.source)
        }
    }

    /// The digest of that text: SHA-1, in 40 hexadecimal digits.
    #[must_use]
    pub fn digest(&self, key_locking: bool) -> &str {
        let made = if key_locking { &self.key_locking } else { &self.plain };
        made.get_or_init(|| {
            sha1_smol::Sha1::from(self.source(key_locking).as_bytes()).digest().to_string()
        })
    }

    /// The call by digest: 40 bytes, whatever the length of the script.
    pub(crate) fn by_digest(&self, key_locking: bool, call: &Invocation) -> Command {
        call.complete(Command::new("EVALSHA").arg(self.digest(key_locking)))
    }

    /// The call with the text, after which the server knows the digest.
    pub(crate) fn by_source(&self, key_locking: bool, call: &Invocation) -> Command {
        call.complete(Command::new("EVAL").arg(&*self.source(key_locking)))
    }
}

/// Keys and arguments of one call of a script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invocation {
    keys: Vec<Bytes>,
    arguments: Vec<Bytes>,
    runs: u64,
}

impl Invocation {
    /// Without keys and arguments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more key.
    #[must_use]
    pub fn key(mut self, key: impl Into<Argument>) -> Self {
        self.keys.push(key.into().into_bytes());
        self
    }

    /// With these keys more.
    #[must_use]
    pub fn keys<A: Into<Argument>>(mut self, keys: impl IntoIterator<Item = A>) -> Self {
        self.keys.extend(keys.into_iter().map(|key| key.into().into_bytes()));
        self
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<Argument>) -> Self {
        self.arguments.push(argument.into().into_bytes());
        self
    }

    /// With these arguments more.
    #[must_use]
    pub fn args<A: Into<Argument>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|one| one.into().into_bytes()));
        self
    }

    /// Saying that the script runs so many commands in this call, most likely: for
    /// [`Counters::inner`](crate::Counters::inner), for a service that bills them.
    #[must_use]
    pub fn runs(mut self, commands: u64) -> Self {
        self.runs = commands;
        self
    }

    fn complete(&self, command: Command) -> Command {
        command.running(self.runs).arg(self.keys.len()).args(&self.keys).args(&self.arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ONE: Script = Script::new("one", "return 1");

    #[test]
    fn the_digest_is_the_servers() {
        // As `redis-cli SCRIPT LOAD "return 1"` prints it.
        assert_eq!(ONE.digest(false), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
        assert_ne!(ONE.digest(true), ONE.digest(false));
        assert!(ONE.source(true).starts_with("#!lua flags=allow-key-locking\nreturn"));
    }

    #[test]
    fn both_forms_of_a_call_have_the_same_keys_and_arguments() {
        let call = Invocation::new().key("a").keys(["b"]).arg(7).args(["x", "y"]);
        let tail: Vec<Bytes> = ["2", "a", "b", "7", "x", "y"].map(Bytes::from).to_vec();
        let (short, long) = (ONE.by_digest(false, &call), ONE.by_source(false, &call));
        assert_eq!(short.arguments()[1..], tail);
        assert_eq!(long.arguments()[1..], tail);
        assert_eq!((short.name(), long.name()), ("EVALSHA", "EVAL"));
        assert_eq!(short.key().map(|key| &key[..]), Some(&b"a"[..]));
    }
}
