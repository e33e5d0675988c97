//! What an agent was told before.

use popkit_protocol::Insight;
use serde::{Deserialize, Serialize};

/// Insights that are remembered, the newest ones: twice what the list keeps.
const SEEN: usize = 200;

/// What a hook remembers of its agent beside the agent's state: a document of its own, for the
/// coordinator writes the state anew with each heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HookMemory {
    /// How many insights it got.
    #[serde(default)]
    pub received: u64,
    /// How many it shared.
    #[serde(default)]
    pub shared: u64,
    /// What it got, by its sender and id.
    #[serde(default)]
    seen: Vec<String>,
}

impl HookMemory {
    /// Whether it got this insight before.
    #[must_use]
    pub fn has_seen(&self, insight: &Insight) -> bool {
        self.seen.contains(&mark(insight))
    }

    /// It gets this insight now. `false` where it had it before.
    pub fn see(&mut self, insight: &Insight) -> bool {
        if self.has_seen(insight) {
            return false;
        }
        self.seen.push(mark(insight));
        let extra = self.seen.len().saturating_sub(SEEN);
        self.seen.drain(..extra);
        self.received = self.received.saturating_add(1);
        true
    }
}

/// Ids of the originals repeat: the sender tells them apart.
fn mark(insight: &Insight) -> String {
    format!("{}/{}", insight.from, insight.id)
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{AgentId, InsightKind, Json, Party, RandomIds, Timestamp};

    use super::*;

    #[test]
    fn p27_what_was_told_is_not_told_again_over_any_number_of_processes() {
        let from = Party::Agent(AgentId::new("ann").unwrap());
        let now = Timestamp::EPOCH;
        let make = || Insight::new(&RandomIds, now, from.clone(), InsightKind::Warning, "x");
        let (mut memory, first) = (HookMemory::default(), make());
        assert!(memory.see(&first) && !memory.see(&first));
        let kept = Json::encode(&memory).unwrap();
        let mut memory: HookMemory = kept.decode().unwrap();
        assert!(memory.has_seen(&first) && !memory.has_seen(&make()));
        assert_eq!(memory.received, 1);
        (0..1000).for_each(|_| assert!(memory.see(&make())));
        assert_eq!(memory.seen.len(), SEEN);
    }
}
