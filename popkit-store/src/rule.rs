//! Lanes as an operator sees and steers them.

use std::num::NonZeroU32;

use popkit_protocol::Requirement;
use serde::{Deserialize, Serialize};

/// What may be claimed from a lane. The default is no rule: everything.
///
/// A rule holds back new leases only. Those that run go on, whatever it says.
///
/// ```
/// use std::num::NonZeroU32;
///
/// use popkit_protocol::Requirement;
/// use popkit_store::{LaneRule, MemoryStore, TaskStore as _};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// let lane = Requirement::new("build".try_into()?);
/// let two_at_once = LaneRule::default().limit(NonZeroU32::new(2));
/// let status = store.set_lane(lane, two_at_once).await?;
/// assert_eq!((status.rule, status.held), (two_at_once, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LaneRule {
    /// Nothing is claimed from it.
    pub paused: bool,
    /// At most so many leases of its tasks are held at a time: a lease is held from its
    /// claim until it is finished, given back, cancelled or rescued, also while its holder
    /// has paused the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<NonZeroU32>,
}

impl LaneRule {
    /// Paused, or not.
    #[must_use]
    pub const fn paused(mut self, paused: bool) -> Self {
        self.paused = paused;
        self
    }

    /// With this limit, or without one.
    #[must_use]
    pub const fn limit(mut self, limit: Option<NonZeroU32>) -> Self {
        self.limit = limit;
        self
    }

    /// Whether it holds nothing back.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        !self.paused && self.limit.is_none()
    }

    /// How many more leases it allows where so many are held.
    #[must_use]
    pub fn places(&self, held: u64) -> u64 {
        match self.limit {
            _ if self.paused => 0,
            None => u64::MAX,
            Some(limit) => u64::from(limit.get()).saturating_sub(held),
        }
    }
}

/// A lane: its rule, and how many of its tasks stand where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LaneStatus {
    /// What the lane requires.
    pub requirement: Requirement,
    /// What may be claimed from it.
    pub rule: LaneRule,
    /// Tasks ready in it, whatever its rule says.
    pub ready: u64,
    /// Leases of its tasks that are held.
    pub held: u64,
    /// Tasks of it that have not ended, the ready and the held ones included.
    pub open: u64,
}

impl LaneStatus {
    /// A lane that nothing stands in.
    #[must_use]
    pub fn new(requirement: Requirement, rule: LaneRule) -> Self {
        Self { requirement, rule, ready: 0, held: 0, open: 0 }
    }

    /// With these numbers.
    #[must_use]
    pub fn counted(mut self, ready: u64, held: u64, open: u64) -> Self {
        (self.ready, self.held, self.open) = (ready, held, open);
        self
    }

    /// How many tasks could be claimed from it now.
    #[must_use]
    pub fn claimable(&self) -> u64 {
        self.ready.min(self.rule.places(self.held))
    }

    /// Whether it is worth listing: something stands in it, or it has a rule.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.open > 0 || !self.rule.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_allows_so_many_more() {
        let two = LaneRule::default().limit(NonZeroU32::new(2));
        assert_eq!([0, 1, 2, 9].map(|held| two.places(held)), [2, 1, 0, 0]);
        assert_eq!(two.paused(true).places(0), 0);
        assert_eq!(LaneRule::default().places(9), u64::MAX);
        assert!(LaneRule::default().is_none() && !two.is_none());
        assert!(!LaneRule::default().paused(true).is_none());
        assert!(two.limit(None).is_none());
    }

    #[test]
    fn what_could_be_claimed_is_ready_and_has_a_place() {
        let lane = Requirement::new("build".try_into().unwrap());
        let of = |rule| LaneStatus::new(lane.clone(), rule).counted(5, 1, 6).claimable();
        assert_eq!(of(LaneRule::default()), 5);
        assert_eq!(of(LaneRule::default().limit(NonZeroU32::new(3))), 2);
        assert_eq!(of(LaneRule::default().paused(true)), 0);
    }
}
