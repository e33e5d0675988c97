//! `intervals`.

use std::time::Duration;

use crate::config::read::{Report, block};

block! {
    /// The block `intervals`: times.
    IntervalsConfig {
        /// An agent checks in at every so many tool calls.
        checkin_every_n_tools: u32 [1..=10_000] = 5,
        /// Seconds between two heartbeats of an agent; on Upstash 60 at least.
        heartbeat_seconds: u64 [1..=3600] = 15,
        /// Seconds of silence after which an agent is lost at the latest, at least twice the
        /// time between two heartbeats. `failover.heartbeat_miss_threshold` may be earlier.
        agent_timeout_seconds: u64 [2..=86_400] = 60,
        /// Seconds that a barrier waits, in all modes but native.
        sync_timeout_seconds: u64 [1..=86_400] = 120,
        /// Seconds that an insight is kept.
        insight_ttl_seconds: u64 [1..=31_536_000] = 600,
        /// Seconds that a message counts, unless its type has its own time.
        message_ttl_seconds: u64 [1..=31_536_000] = 300,
    }
}

impl IntervalsConfig {
    /// How long a message counts, unless its type has its own time.
    #[must_use]
    pub fn message_ttl(&self) -> Duration {
        Duration::from_secs(self.message_ttl_seconds)
    }

    pub(in crate::config) fn settle(&self, report: &mut Report<'_>) {
        let (timeout, period) = (self.agent_timeout_seconds, self.heartbeat_seconds);
        if timeout >= 2 * period {
            return;
        }
        let key = if report.has("intervals.agent_timeout_seconds") {
            "intervals.agent_timeout_seconds"
        } else {
            "intervals.heartbeat_seconds"
        };
        let why = format!(
            "an agent would be lost after {timeout} s of silence and speaks every {period} s; set \
             agent_timeout_seconds to {} or more",
            2 * period,
        );
        report.refuse(key, why);
    }
}
