//! Under which keys a channel has its things.

use popkit_protocol::{Channel, ProducerId};
use popkit_redis::Keyspace;

/// What the keys of the predecessors' streams begin with.
pub(super) const PREDECESSORS: &str = "popkit:pubsub:";

/// The keys of one channel. All begin with that of its log, and so lie in one slot of a
/// cluster; no name of a channel contains a `~`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    log: String,
}

impl Keys {
    pub(super) fn new(keyspace: &Keyspace, channel: &Channel) -> Self {
        Self { log: keyspace.stream(channel) }
    }

    /// The log: a stream.
    pub(super) fn log(&self) -> &str {
        &self.log
    }

    /// Where the log ends, and how much was ever in it: a hash.
    pub(super) fn head(&self) -> String {
        format!("{}~head", self.log)
    }

    /// The latest values: a hash, a field for each key.
    pub(super) fn values(&self) -> String {
        format!("{}~latest", self.log)
    }

    /// The last changes of latest values: a short stream.
    pub(super) fn changes(&self) -> String {
        format!("{}~changes", self.log)
    }

    /// How many messages a transport's own producer has sent.
    pub(super) fn count(&self, producer: ProducerId) -> String {
        format!("{}~{producer}", self.log)
    }

    /// What popkit's predecessors on Upstash read and write of this channel.
    pub(super) fn predecessors(&self, channel: &Channel) -> String {
        format!("{PREDECESSORS}{channel}")
    }

    /// Up to where that was imported.
    pub(super) fn adopted(&self) -> String {
        format!("{}~legacy", self.log)
    }

    /// What lies in one slot of a cluster with these keys has the same tag.
    pub(super) fn tag(&self) -> &str {
        let tag = self.log.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
        tag.map_or(self.log.as_str(), |(tag, _)| tag)
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::Namespace;

    use super::*;

    #[test]
    fn keys_of_a_session_share_its_tag() {
        let keys = |channel: &str, cluster| {
            let keyspace = Keyspace::new(&Namespace::unnamed(), cluster);
            Keys::new(&keyspace, &Channel::new(channel).unwrap())
        };
        assert_eq!(keys("pop:results", false).head(), "pop:stream:results~head");
        assert_eq!(keys("pop:results", true).tag(), "default");
        assert_eq!(keys("tasks:new", true).tag(), "default");
        assert_eq!(keys("pop:{team}:results", true).tag(), "team");
        let producer = ProducerId::from_bits(7);
        let count = keys("pop:results", false).count(producer);
        assert_eq!(count, format!("pop:stream:results~{:032x}", 7));
    }
}
