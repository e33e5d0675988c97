//! `tier_limits`.

use super::mode::TIERS;
use crate::config::read::{Field, Read, Report, block, words};
use crate::mode::{Mode, Tier, TierRule};

words! {
    /// What a tier has. popkit holds two of them back from a tier without them,
    /// `insights_sharing` and `sync_barriers`; the others everybody has.
    Feature {
        /// Tasks, phases, results.
        BasicCoordination = "basic_coordination",
        /// Insights are sent on at once.
        InsightsSharing = "insights_sharing",
        /// Several agents at once.
        ParallelAgents = "parallel_agents",
        /// Each phase begins with a barrier.
        SyncBarriers = "sync_barriers",
        /// Phases follow each other.
        PhaseOrchestration = "phase_orchestration",
        /// Any agent may write to any other.
        UnlimitedMesh = "unlimited_mesh",
        /// Sessions of several people.
        TeamCoordination = "team_coordination",
        /// `popkit power metrics`.
        AdvancedMetrics = "advanced_metrics",
    }
}
block! {
    /// The limits of one tier.
    TierConfig {
        /// The mode that is tried first.
        mode: Mode = Mode::File,
        /// Agents at once.
        max_agents: u32 [1..=256] = 2,
        /// What it has beside what the smaller tiers have.
        features: Vec<Feature> = vec![Feature::BasicCoordination, Feature::InsightsSharing],
        /// Whether Redis is tried where its mode is not to be had; then files.
        redis_fallback: bool = false,
    }
}

impl TierConfig {
    fn shipped(tier: Tier, features: Vec<Feature>) -> Self {
        let TierRule { mode, agents, redis, .. } = TierRule::shipped(tier);
        Self { mode, max_agents: agents, features, redis_fallback: redis }
    }
}

/// The block `tier_limits`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "schemars",
    derive(schemars::JsonSchema),
    schemars(default, deny_unknown_fields)
)]
#[non_exhaustive]
pub struct TierLimits {
    /// The smallest.
    pub free: TierConfig,
    /// The middle one; it has what `free` has, too.
    pub premium: TierConfig,
    /// The largest; it has what the others have, too.
    pub pro: TierConfig,
}

impl TierLimits {
    /// The limits of a tier.
    #[must_use]
    pub const fn of(&self, tier: Tier) -> &TierConfig {
        match tier {
            Tier::Free => &self.free,
            Tier::Premium => &self.premium,
            Tier::Pro => &self.pro,
        }
    }

    /// What a tier allows, for the choice of a mode.
    #[must_use]
    pub const fn rule(&self, tier: Tier) -> TierRule {
        let TierConfig { mode, max_agents, redis_fallback, .. } = *self.of(tier);
        TierRule { tier, mode, agents: max_agents, redis: redis_fallback }
    }

    /// Whether a tier has something, by itself or from a smaller one.
    #[must_use]
    pub fn has(&self, tier: Tier, feature: Feature) -> bool {
        let mut up_to = Tier::ALL.iter().filter(|smaller| **smaller <= tier);
        up_to.any(|tier| self.of(*tier).features.contains(&feature))
    }
}

impl Default for TierLimits {
    fn default() -> Self {
        use Feature::{
            AdvancedMetrics, ParallelAgents, PhaseOrchestration, SyncBarriers, TeamCoordination,
            UnlimitedMesh,
        };
        let premium = vec![ParallelAgents, SyncBarriers, PhaseOrchestration];
        let pro = vec![UnlimitedMesh, TeamCoordination, AdvancedMetrics];
        Self {
            free: TierConfig::default(),
            premium: TierConfig::shipped(Tier::Premium, premium),
            pro: TierConfig::shipped(Tier::Pro, pro),
        }
    }
}

impl Read for TierLimits {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        let mut limits = Self::default();
        for (key, field) in field.entries(&TIERS, report) {
            let tier = match key {
                "premium" => &mut limits.premium,
                "pro" => &mut limits.pro,
                _ => &mut limits.free,
            };
            *tier = tier.clone().read_over(&field, report);
        }
        Some(limits)
    }
}
