//! A Cluster of three primaries.

use std::iter::repeat_n;
use std::ops::RangeInclusive;

use super::DEADLINE;
use super::options::RedisOptions;
use super::process::Port;
use super::server::RedisServer;
use crate::wait_until;

/// The slots of each node, as `redis-cli --cluster create` would share them out.
const SLOTS: [RangeInclusive<u16>; 3] = [0..=5460, 5461..=10922, 10923..=16383];

/// Three Redis servers that share the slots of a Cluster; no replicas.
///
/// ```
/// use popkit_testkit::RedisCluster;
///
/// let cluster = RedisCluster::start();
/// let owner = cluster.node_of("pop:{team}:tasks");
/// assert_eq!(owner.cli(&["SET", "pop:{team}:tasks", "1"]), "OK");
/// ```
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
    /// The ports on which the nodes talk to each other.
    buses: Vec<Port>,
}

impl RedisCluster {
    /// Starts a Cluster and waits until all nodes find it whole, which takes about two seconds.
    ///
    /// # Panics
    ///
    /// As [`start_opts`](Self::start_opts).
    #[track_caller]
    #[must_use]
    pub fn start() -> Self {
        Self::start_opts(RedisOptions::default())
    }

    /// Starts a Cluster whose nodes all have these options.
    ///
    /// # Panics
    ///
    /// As [`RedisServer::start`]; when the nodes do not agree in time; and for options that only a
    /// single server has: TLS (each has an authority of its own) and a Unix socket.
    #[track_caller]
    #[must_use]
    pub fn start_opts(options: RedisOptions) -> Self {
        options.assert_plain();
        let buses: Vec<Port> = SLOTS.iter().map(|_| Port::reserve()).collect();
        let nodes = repeat_n(options, SLOTS.len()).zip(&buses).map(|(options, bus)| {
            let options = options
                .arg("cluster-enabled", "yes")
                .arg("cluster-port", bus.number().to_string())
                // Short enough for tests, and longer than a busy machine stalls.
                .arg("cluster-node-timeout", "5000");
            RedisServer::start(options)
        });
        let nodes = nodes.collect();
        let cluster = Self { nodes, buses };
        cluster.join();
        cluster
    }

    /// The nodes, in the order of their slots.
    #[must_use]
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// The URLs of the nodes; a client needs one of them, and finds the others.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(RedisServer::url).collect()
    }

    /// The node that was given a key's slot at the start.
    ///
    /// # Panics
    ///
    /// When the first node is down.
    #[track_caller]
    #[must_use]
    pub fn node_of(&self, key: &str) -> &RedisServer {
        let slot: Option<u16> =
            self.nodes.first().and_then(|node| node.cli(&["CLUSTER", "KEYSLOT", key]).parse().ok());
        let owner = self.nodes.iter().zip(SLOTS).find_map(|(node, slots)| {
            slot.is_some_and(|slot| slots.contains(&slot)).then_some(node)
        });
        match owner {
            Some(node) => node,
            None => panic!("no node has slot {slot:?} of {key:?}"),
        }
    }

    /// Gives out the slots, introduces the nodes to each other and waits until all agree.
    #[track_caller]
    fn join(&self) {
        for (index, (node, slots)) in self.nodes.iter().zip(SLOTS).enumerate() {
            let (first, last) = (slots.start().to_string(), slots.end().to_string());
            node.cli(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
            // Nodes that begin with the same epoch take time to settle who is who.
            node.cli(&["CLUSTER", "SET-CONFIG-EPOCH", &(index + 1).to_string()]);
        }
        for (node, bus) in self.nodes.iter().zip(&self.buses).skip(1) {
            let (port, bus) = (node.addr().port().to_string(), bus.number().to_string());
            if let Some(first) = self.nodes.first() {
                first.cli(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
            }
        }
        for node in &self.nodes {
            wait_until(DEADLINE, "the cluster to be whole", || {
                let info = node.cli(&["CLUSTER", "INFO"]);
                ["cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:3"]
                    .iter()
                    .all(|line| info.lines().any(|have| have == *line))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_one_node_and_the_others_point_to_it() {
        let cluster = RedisCluster::start();
        assert_eq!(cluster.urls().len(), 3);
        // Slots 5061, 8338 and 12182, one in each range.
        for (key, index) in [("bar", 0), ("{tag}", 1), ("foo", 2)] {
            let owner = cluster.node_of(key);
            assert_eq!(owner.addr(), cluster.nodes()[index].addr(), "{key}");
            assert_eq!(owner.cli(&["SET", key, "1"]), "OK");
            let other = &cluster.nodes()[(index + 1) % 3];
            let moved = other.try_cli(&["GET", key]).unwrap_err();
            assert!(moved.starts_with("MOVED "), "{moved}");
            assert!(moved.ends_with(&owner.addr().to_string()), "{moved}");
        }
    }
}
