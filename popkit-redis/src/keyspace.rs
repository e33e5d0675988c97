//! Under which keys a session has its things.

use popkit_protocol::{Channel, Namespace, SessionId};

/// What the unnamed session is called where its keys must share a tag.
const UNNAMED: &str = "default";

/// Under which keys a session has its things on a Redis server. In a cluster every key of a
/// session carries its tag in braces, and so lies in one slot; the tasks carry a tag of their
/// own, so that they may live on another node than the messages.
///
/// | Session | Messages and documents | Tasks | Shard 0 |
/// |---|---|---|---|
/// | unnamed | `pop:` | `pop:{default.t}:` | `pop:{default.t.0}:` |
/// | unnamed, in a cluster | `pop:{default}:` | `pop:{default.t}:` | `pop:{default.t.0}:` |
/// | `team` | `pop:{team}:` | `pop:{team.t}:` | `pop:{team.t.0}:` |
///
/// Names of sessions contain no `.`, so no session has another's keys. The session called
/// `default` is the unnamed one, as far as these tags go.
///
/// ```
/// use popkit_protocol::{Namespace, SessionId, Topic};
/// use popkit_redis::Keyspace;
///
/// let team = Namespace::of(&SessionId::new("team")?);
/// let keys = Keyspace::new(&team, false);
/// assert_eq!(keys.key("objective"), "pop:{team}:objective");
/// assert_eq!(keys.stream(&team.channel(&Topic::Results)), "pop:{team}:stream:results");
/// assert_eq!(keys.tasks(), "pop:{team.t}:");
/// # Ok::<(), popkit_protocol::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyspace {
    root: String,
    session: Option<SessionId>,
    cluster: bool,
}

impl Keyspace {
    /// The keys of a session, on one server or in a cluster.
    #[must_use]
    pub fn new(namespace: &Namespace, cluster: bool) -> Self {
        let prefix = namespace.prefix();
        let root = prefix.split(':').next().unwrap_or_default().to_owned();
        Self { root, session: namespace.session().cloned(), cluster }
    }

    /// What keys of messages and documents begin with.
    #[must_use]
    pub fn prefix(&self) -> String {
        match &self.session {
            Some(name) => format!("{}:{{{name}}}:", self.root),
            None if self.cluster => format!("{}:{{{UNNAMED}}}:", self.root),
            None => format!("{}:", self.root),
        }
    }

    /// A key of messages or documents: `pop:objective`.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix())
    }

    /// The channel on which the session's hints are sent: `pop:wake`, `pop:{team}:wake`. It
    /// has no comma in its name, for Upstash puts one behind it.
    #[must_use]
    pub fn wake(&self) -> String {
        self.key("wake")
    }

    /// The same of the session that a channel belongs to.
    #[must_use]
    pub fn wake_of(&self, channel: &Channel) -> String {
        self.in_session("wake", channel).0
    }

    /// What keys of tasks begin with.
    #[must_use]
    pub fn tasks(&self) -> String {
        format!("{}:{{{}.t}}:", self.root, self.tag())
    }

    /// What keys of one shard of the tasks begin with.
    #[must_use]
    pub fn shard(&self, number: u16) -> String {
        format!("{}:{{{}.t.{number}}}:", self.root, self.tag())
    }

    fn tag(&self) -> &str {
        self.session.as_ref().map_or(UNNAMED, SessionId::as_str)
    }

    /// The stream that is a channel's log: `pop:stream:results` of `pop:results`. See
    /// [`of_channel`](Self::of_channel).
    #[must_use]
    pub fn stream(&self, channel: &Channel) -> String {
        self.of_channel("stream", channel)
    }

    /// A key that belongs to a channel, which may be another session's: `kind` stands where
    /// the channel's own name begins, because the channel's name itself may be a key of
    /// another type.
    ///
    /// | Channel | Stream | In a cluster |
    /// |---|---|---|
    /// | `pop:results` | `pop:stream:results` | `pop:{default}:stream:results` |
    /// | `pop:{team}:results` | `pop:{team}:stream:results` | the same |
    /// | `tasks:new` | `pop:stream:~tasks:new` | `pop:{default}:stream:~tasks:new` |
    ///
    /// Names of channels contain no `~`, so two channels never share a key, but for those of
    /// the unnamed session and of one called `default` in a cluster.
    #[must_use]
    pub fn of_channel(&self, kind: &str, channel: &Channel) -> String {
        match self.in_session(kind, channel) {
            (key, Some(rest)) => format!("{key}:{rest}"),
            (key, None) => format!("{key}:~{channel}"),
        }
    }

    /// A key of the session that a channel belongs to, and the channel's name within it.
    fn in_session<'a>(&self, key: &str, channel: &'a Channel) -> (String, Option<&'a str>) {
        let own = channel.as_str().strip_prefix(&self.root).and_then(|rest| rest.strip_prefix(':'));
        match own.and_then(tagged) {
            Some((tag, rest)) => (format!("{}:{tag}:{key}", self.root), Some(rest)),
            None => {
                let unnamed = Self { session: None, ..self.clone() }.prefix();
                (format!("{unnamed}{key}"), own)
            }
        }
    }
}

/// `{team}` and what follows its colon.
fn tagged(name: &str) -> Option<(&str, &str)> {
    let (tag, rest) = name.split_once(':')?;
    let inner = tag.strip_prefix('{')?.strip_suffix('}')?;
    (!inner.is_empty() && !inner.contains(['{', '}'])).then_some((tag, rest))
}

/// The text as a glob pattern that matches nothing but it, for `SCAN` and `PSUBSCRIBE`.
///
/// ```
/// assert_eq!(popkit_redis::escape_glob("a*[b]?"), r"a\*\[b\]\?");
/// ```
#[must_use]
pub fn escape_glob(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '^' | '-' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use popkit_protocol::Topic;
    use proptest::prelude::*;

    use super::*;

    fn named(name: &str) -> Namespace {
        Namespace::of(&SessionId::new(name).unwrap())
    }

    #[test]
    fn prefixes_are_those_of_the_design() {
        let keys = |namespace: &Namespace, cluster| {
            let keys = Keyspace::new(namespace, cluster);
            [keys.prefix(), keys.tasks(), keys.shard(0)]
        };
        let unnamed = Namespace::unnamed();
        assert_eq!(keys(&unnamed, false), ["pop:", "pop:{default.t}:", "pop:{default.t.0}:"]);
        assert_eq!(keys(&unnamed, true)[0], "pop:{default}:");
        assert_eq!(keys(&named("a"), true), ["pop:{a}:", "pop:{a.t}:", "pop:{a.t.0}:"]);
        let other = named("a").with_root("my").unwrap();
        assert_eq!(keys(&other, false), ["my:{a}:", "my:{a.t}:", "my:{a.t.0}:"]);
    }

    #[test]
    fn every_topic_has_a_stream_of_its_own_in_the_slot_of_its_session() {
        let unnamed = Namespace::unnamed();
        let stream = |namespace: &Namespace, topic: &Topic, cluster| {
            Keyspace::new(&unnamed, cluster).stream(&namespace.channel(topic))
        };
        assert_eq!(stream(&unnamed, &Topic::Insights, false), "pop:stream:insights");
        assert_eq!(stream(&unnamed, &Topic::Insights, true), "pop:{default}:stream:insights");
        assert_eq!(stream(&named("a"), &Topic::Insights, true), "pop:{a}:stream:insights");
        assert_eq!(stream(&unnamed, &Topic::TasksNew, false), "pop:stream:~tasks:new");
        assert_eq!(stream(&unnamed, &Topic::TasksNew, true), "pop:{default}:stream:~tasks:new");
    }

    #[test]
    fn each_session_has_its_wake_channel() {
        let keys = Keyspace::new(&Namespace::unnamed(), false);
        let of = |name: &str| keys.wake_of(&Channel::new(name).unwrap());
        assert_eq!(of("pop:results"), keys.wake());
        assert_eq!(of("tasks:new"), "pop:wake");
        assert_eq!(of("pop:{team}:results"), Keyspace::new(&named("team"), false).wake());
    }

    proptest! {
        #[test]
        fn two_channels_never_share_a_key(
            a in "(pop:)?(\\{[a-z]{0,2}\\}?:?)?[a-z:{}]{0,6}",
            b in "(pop:)?(\\{[a-z]{0,2}\\}?:?)?[a-z:{}]{0,6}",
        ) {
            let channels = (Channel::new(&a), Channel::new(&b));
            let (Ok(a), Ok(b)) = channels else { return Ok(()) };
            let keys = Keyspace::new(&Namespace::unnamed(), false);
            prop_assert_eq!(keys.stream(&a) == keys.stream(&b), a == b);
        }
    }
}
