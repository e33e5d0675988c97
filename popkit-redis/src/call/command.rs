//! A command for a Redis server, in a form that no client library knows.

use std::fmt;

use bytes::Bytes;

use crate::Argument;

/// Commands that change nothing: what may be repeated when an answer is lost.
const READS: &[&str] = &[
    "EXISTS",
    "GET",
    "HELLO",
    "HEXISTS",
    "HGET",
    "HGETALL",
    "HKEYS",
    "HLEN",
    "HMGET",
    "HSCAN",
    "INFO",
    "KEYS",
    "LINDEX",
    "LLEN",
    "LRANGE",
    "MGET",
    "PING",
    "PTTL",
    "ROLE",
    "SCAN",
    "SCARD",
    "SISMEMBER",
    "SMEMBERS",
    "STRLEN",
    "TIME",
    "TTL",
    "TYPE",
    "XINFO",
    "XLEN",
    "XPENDING",
    "XRANGE",
    "XREAD",
    "XREVRANGE",
    "ZCARD",
    "ZCOUNT",
    "ZRANGE",
    "ZRANGEBYSCORE",
    "ZRANK",
    "ZSCORE",
];

/// Commands that name no key.
const KEYLESS: &[&str] = &[
    "ACL",
    "AUTH",
    "CLIENT",
    "CLUSTER",
    "CONFIG",
    "DBSIZE",
    "ECHO",
    "FLUSHALL",
    "FLUSHDB",
    "HELLO",
    "INFO",
    "KEYS",
    "PING",
    "PSUBSCRIBE",
    "PUBLISH",
    "ROLE",
    "SCAN",
    "SCRIPT",
    "SELECT",
    "SUBSCRIBE",
    "TIME",
    "WAIT",
];

/// Commands that block, or change the connection they come over.
#[cfg(any(feature = "resp", feature = "rest"))]
const OWN: &[&str] = &[
    "AUTH",
    "BLMOVE",
    "BLMPOP",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BZMPOP",
    "BZPOPMAX",
    "BZPOPMIN",
    "DISCARD",
    "EXEC",
    "MONITOR",
    "MULTI",
    "PSUBSCRIBE",
    "PUNSUBSCRIBE",
    "QUIT",
    "RESET",
    "SELECT",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "UNSUBSCRIBE",
    "UNWATCH",
    "WAIT",
    "WATCH",
];

/// A command: its name and its arguments, which are bytes.
///
/// ```
/// use popkit_redis::Command;
///
/// let publish = Command::new("XADD").arg("pop:stream:results").args(["MAXLEN", "~"]).arg(1000)
///     .args(["*", "m", "hello"]);
/// assert_eq!(publish.name(), "XADD");
/// assert_eq!(publish.arguments().len(), 7);
/// assert_eq!(publish.key().map(|key| &key[..]), Some(&b"pop:stream:results"[..]));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    name: &'static str,
    arguments: Vec<Bytes>,
    near: Option<Bytes>,
    /// Commands that the script which is called runs.
    inner: u64,
}

impl Command {
    /// A command without arguments. The name is one word in capitals; a second word, as of
    /// `XINFO STREAM`, is the first argument.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, arguments: Vec::new(), near: None, inner: 0 }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<Argument>) -> Self {
        self.arguments.push(argument.into().into_bytes());
        self
    }

    /// With these arguments more, in their order.
    #[must_use]
    pub fn args<A: Into<Argument>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|one| one.into().into_bytes()));
        self
    }

    /// To the server that keeps this key, for a command that names none. Matters in a cluster
    /// only.
    #[must_use]
    pub fn near(mut self, key: impl Into<Argument>) -> Self {
        self.near = Some(key.into().into_bytes());
        self
    }

    /// A call of a script that runs so many commands.
    pub(crate) fn running(mut self, inner: u64) -> Self {
        self.inner = inner;
        self
    }

    #[cfg(feature = "rest")]
    pub(crate) fn inner(&self) -> u64 {
        self.inner
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The arguments.
    #[must_use]
    pub fn arguments(&self) -> &[Bytes] {
        &self.arguments
    }

    /// The key by which a cluster finds the server: the first that the command names, or the
    /// one given with [`near`](Self::near). All keys of one command lie in one slot.
    #[must_use]
    pub fn key(&self) -> Option<&Bytes> {
        if self.near.is_some() {
            return self.near.as_ref();
        }
        let at = match self.name {
            "EVAL" | "EVALSHA" => {
                let keys = self.arguments.get(1)?;
                return if keys == "0" { None } else { self.arguments.get(2) };
            }
            "XREAD" => self.arguments.iter().position(|one| one == "STREAMS")? + 1,
            "XINFO" | "XGROUP" | "OBJECT" => 1,
            name if KEYLESS.contains(&name) => return None,
            _ => 0,
        };
        self.arguments.get(at)
    }

    /// Whether it changes nothing, and may be repeated when its answer is lost. What is not
    /// known to be a read counts as a write.
    #[must_use]
    pub fn is_read(&self) -> bool {
        READS.contains(&self.name)
    }

    /// Whether it may go over a connection that others use at the same time.
    #[cfg(any(feature = "resp", feature = "rest"))]
    pub(crate) fn is_shareable(&self) -> bool {
        let before_keys = self.arguments.iter().take_while(|word| *word != "STREAMS");
        let mut words = before_keys.filter(|_| matches!(self.name, "XREAD" | "XREADGROUP"));
        !OWN.contains(&self.name) && !words.any(|word| word.eq_ignore_ascii_case(b"BLOCK"))
    }

    /// Name and second word: `XINFO STREAM`, `CONFIG GET`. Nothing else of the arguments.
    pub(crate) fn title(&self) -> String {
        let words = ["ACL", "CLIENT", "CLUSTER", "CONFIG", "OBJECT", "SCRIPT", "XGROUP", "XINFO"];
        let second = self.arguments.first().filter(|_| words.contains(&self.name));
        match second.and_then(|word| std::str::from_utf8(word).ok()) {
            Some(word) => format!("{} {word}", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// Shows no argument: they may be payloads, or secrets.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({}, {} arguments)", self.title(), self.arguments.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_where_the_command_has_it() {
        let key = |command: Command| {
            command.key().map(|key| String::from_utf8_lossy(key).into_owned()).unwrap_or_default()
        };
        assert_eq!(key(Command::new("GET").arg("a")), "a");
        assert_eq!(key(Command::new("EVALSHA").args(["sha", "2", "a", "b", "x"])), "a");
        assert_eq!(key(Command::new("EVAL").args(["return 1", "0", "x"])), "");
        assert_eq!(key(Command::new("XREAD").args(["COUNT", "9", "STREAMS", "a", "0"])), "a");
        assert_eq!(key(Command::new("XINFO").args(["STREAM", "a"])), "a");
        assert_eq!(key(Command::new("PING")), "");
        assert_eq!(key(Command::new("INFO").arg("server").near("a")), "a");
        assert_eq!(key(Command::new("GET")), "");
    }

    #[test]
    fn what_is_not_known_to_read_counts_as_a_write() {
        assert!(Command::new("XREAD").is_read() && Command::new("HGETALL").is_read());
        for write in ["XADD", "EVALSHA", "XREADGROUP", "GETDEL", "EXPIRE"] {
            assert!(!Command::new(write).is_read(), "{write}");
        }
        assert!(READS.is_sorted() && KEYLESS.is_sorted());
    }

    #[test]
    fn nothing_of_the_arguments_is_shown() {
        let command = Command::new("SET").args(["pop:secret", "hunter2"]);
        assert_eq!(format!("{command:?}"), "Command(SET, 2 arguments)");
        let command = Command::new("CONFIG").args(["GET", "requirepass"]);
        assert_eq!(format!("{command:?}"), "Command(CONFIG GET, 2 arguments)");
    }
}
