//! `failover`.

use crate::config::read::block;

block! {
    /// The block `failover`: when an agent is lost, and what becomes of its work.
    FailoverConfig {
        /// Whether a session goes on by itself without a lost agent. With false its work waits
        /// and a barrier asks a person.
        enabled: bool = true,
        /// After so many heartbeats that did not come an agent is lost.
        heartbeat_miss_threshold: u32 [2..=100] = 3,
        /// Whether work that was sent as a message is given to another agent. The task store
        /// returns its tasks by itself.
        auto_reassign_orphaned: bool = true,
        /// Whether the next agent learns how far the last one was.
        preserve_context_on_reassign: bool = true,
        /// How many agents one work may cost; then it is given up.
        max_reassign_attempts: u32 [0..=100] = 2,
    }
}
