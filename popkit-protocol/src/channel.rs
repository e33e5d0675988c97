//! Channels, and the names under which a session has them.
//!
//! A [`Channel`] is the literal name that a transport sees: `pop:broadcast`,
//! `pop:{team}:agent:builder-1`, `tasks:new`. Which channel serves what is a [`Topic`]; a
//! [`Namespace`] turns topics into channels and back. Names are made from validated ids only
//! and ids contain neither `:` nor braces, so two topics never share a channel.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AgentId, ParseError, SessionId};

/// The longest channel name, in bytes.
pub const MAX_LEN: usize = 400;

/// The name of a channel: 1 to 400 bytes of letters, digits and `._:/@+{}-`, starting with a
/// letter or a digit. No glob character, space or control character can be in it.
///
/// Cloning is cheap (the text is shared).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Channel(Arc<str>);

impl Channel {
    /// Checks and takes the text.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the rule that the text breaks.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ParseError> {
        let text = text.as_ref();
        let refuse = |reason: &str| Err(ParseError::new("channel", text, reason));
        let Some(first) = text.bytes().next() else {
            return refuse("it is empty; for instance pop:broadcast");
        };
        if text.len() > MAX_LEN {
            return refuse("it is longer than 400 characters");
        }
        if !first.is_ascii_alphanumeric() {
            return refuse("it must start with a letter or a digit");
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:/@+{}-".contains(&b);
        if !text.bytes().all(allowed) {
            return refuse("only letters, digits and `._:/@+{}-` are allowed");
        }
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({})", self.0)
    }
}

impl FromStr for Channel {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Channel {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        Self::new(text)
    }
}

impl TryFrom<&str> for Channel {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, ParseError> {
        Self::new(text)
    }
}

impl AsRef<str> for Channel {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// What a channel is for: the six well-known channels, one per agent, and the five that
/// mirror the task log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Topic {
    /// From the coordinator to all agents.
    Broadcast,
    /// From agents to the coordinator: alive, and how far.
    Heartbeat,
    /// From agents to the coordinator: finished work.
    Results,
    /// From agents to everybody: discoveries.
    Insights,
    /// From anybody to the coordinator: control, acknowledgements, streams of tool output.
    Coordinator,
    /// From agents to the coordinator: requests for a human decision.
    Human,
    /// To one agent.
    Agent(AgentId),
    /// Tasks that were inserted.
    TasksNew,
    /// Tasks that were claimed.
    TasksClaimed,
    /// Other changes of tasks.
    TasksUpdated,
    /// Tasks that are done.
    TasksComplete,
    /// Tasks that failed for good.
    TasksFailed,
}

impl Topic {
    /// The six well-known channels, in the order of the documentation.
    pub const WELL_KNOWN: [Self; 6] = [
        Self::Broadcast,
        Self::Heartbeat,
        Self::Results,
        Self::Insights,
        Self::Coordinator,
        Self::Human,
    ];
    /// The five channels that mirror the task log.
    pub const TASKS: [Self; 5] = [
        Self::TasksNew,
        Self::TasksClaimed,
        Self::TasksUpdated,
        Self::TasksComplete,
        Self::TasksFailed,
    ];

    /// Its name without a namespace: `broadcast`, `agent:builder-1`, `tasks:new`.
    #[must_use]
    pub fn name(&self) -> String {
        let name = match self {
            Self::Agent(id) => return format!("agent:{id}"),
            Self::Broadcast => "broadcast",
            Self::Heartbeat => "heartbeat",
            Self::Results => "results",
            Self::Insights => "insights",
            Self::Coordinator => "coordinator",
            Self::Human => "human",
            Self::TasksNew => "tasks:new",
            Self::TasksClaimed => "tasks:claimed",
            Self::TasksUpdated => "tasks:updated",
            Self::TasksComplete => "tasks:complete",
            Self::TasksFailed => "tasks:failed",
        };
        name.to_owned()
    }

    /// Whether it mirrors the task log.
    #[must_use]
    pub fn is_task_event(&self) -> bool {
        Self::TASKS.contains(self)
    }
}

impl FromStr for Topic {
    type Err = ParseError;

    /// Reads what [`Topic::name`] gives.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some(id) = text.strip_prefix("agent:") {
            return Ok(Self::Agent(AgentId::new(id)?));
        }
        let mut fixed = Self::WELL_KNOWN.into_iter().chain(Self::TASKS);
        fixed.find(|topic| topic.name() == text).ok_or_else(|| {
            let known = "expected broadcast, heartbeat, results, insights, coordinator, human, \
                         agent:ID, tasks:new, tasks:claimed, tasks:updated, tasks:complete or \
                         tasks:failed";
            ParseError::new("topic", text, known)
        })
    }
}

/// Under which names a session has its channels and keys, so that several teams can share one
/// server.
///
/// | Session | Prefix | Tasks |
/// |---|---|---|
/// | unnamed | `pop:` | `tasks:new` and so on, as the predecessors have them |
/// | `team` | `pop:{team}:`, with the braces: one slot of a cluster | `pop:{team}:tasks:new` |
///
/// ```
/// use popkit_protocol::{Namespace, SessionId, Topic};
///
/// let unnamed = Namespace::default();
/// assert_eq!(unnamed.channel(&Topic::Results).as_str(), "pop:results");
/// let team = Namespace::of(&SessionId::new("team")?);
/// assert_eq!(team.channel(&Topic::Results).as_str(), "pop:{team}:results");
/// assert_eq!(team.topic(&team.channel(&Topic::Human)), Some(Topic::Human));
/// assert_eq!(team.topic(&unnamed.channel(&Topic::Human)), None);
/// # Ok::<(), popkit_protocol::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Namespace {
    root: Arc<str>,
    session: Option<SessionId>,
}

impl Namespace {
    /// The unnamed session.
    #[must_use]
    pub fn unnamed() -> Self {
        Self { root: "pop".into(), session: None }
    }

    /// The session of this name.
    #[must_use]
    pub fn of(session: &SessionId) -> Self {
        Self { session: Some(session.clone()), ..Self::unnamed() }
    }

    /// The same under another first word than `pop`: grammar as a
    /// [`SessionId`], at most 32 bytes.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the rule that the word breaks.
    pub fn with_root(self, root: &str) -> Result<Self, ParseError> {
        SessionId::new(root).map_err(|e| ParseError::new("prefix", root, e.reason()))?;
        if root.len() > 32 {
            return Err(ParseError::new("prefix", root, "it is longer than 32 characters"));
        }
        Ok(Self { root: root.into(), ..self })
    }

    /// The session, if it has a name.
    #[must_use]
    pub fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// What every key and channel starts with: `pop:` or `pop:{NAME}:`.
    #[must_use]
    pub fn prefix(&self) -> String {
        match &self.session {
            None => format!("{}:", self.root),
            Some(name) => format!("{}:{{{name}}}:", self.root),
        }
    }

    /// The channel of a topic.
    #[must_use]
    pub fn channel(&self, topic: &Topic) -> Channel {
        let name = topic.name();
        if self.session.is_none() && topic.is_task_event() {
            return Channel(name.into());
        }
        // The parts are valid names, 32 + 130 + 134 bytes at most.
        Channel(format!("{}{name}", self.prefix()).into())
    }

    /// The topic of a channel; `None` for a channel of another session, or of none.
    #[must_use]
    pub fn topic(&self, channel: &Channel) -> Option<Topic> {
        let name = channel.as_str();
        match name.strip_prefix(self.prefix().as_str()) {
            Some(rest) => {
                let topic = rest.parse().ok()?;
                (self.channel(&topic) == *channel).then_some(topic)
            }
            None if self.session.is_none() => name.parse().ok().filter(Topic::is_task_event),
            None => None,
        }
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self::unnamed()
    }
}

#[cfg(test)]
#[path = "channel/tests.rs"]
mod tests;
