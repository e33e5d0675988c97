//! What the machine makes of the file.

use std::time::Duration;

use super::percent::percent;
use super::{Config, Feature, FileScope};
use crate::machine::{
    AgentSettings, BarrierSettings, DocumentationSettings, DriftSettings, Enforcement,
    EscalationSettings, InsightSettings, LimitSettings, PatternSettings, PhaseSettings, Policy,
    Settings, StreamSettings, TaskSettings,
};
use crate::mode::{Mode, Tier};

/// Each heartbeat over REST is billed.
const UPSTASH_PERIOD: u64 = 60;

impl Config {
    /// The settings of a session in a mode, for a tier where one is asked for.
    ///
    /// They keep every rule of the machine's. What the file does not say is as
    /// [`Settings::default`] has it; so the defaults of both agree in all modes but native
    /// (fewer agents) and Upstash (fewer heartbeats).
    #[must_use]
    pub fn settings(&self, mode: Mode, tier: Option<Tier>) -> Settings {
        Settings {
            agents: self.agents(mode, tier),
            barriers: self.barriers(mode),
            phases: PhaseSettings {
                sync: self.phases.sync_between_phases && self.gives(tier, Feature::SyncBarriers),
                skip: self.phases.allow_phase_skip,
                multiplier_percent: percent(self.phases.phase_timeout_multiplier),
                ..PhaseSettings::default()
            },
            insights: self.insights(tier),
            patterns: PatternSettings {
                enabled: self.learning.enabled,
                retention: hours(self.learning.pattern_retention_hours),
                ..PatternSettings::default()
            },
            drift: self.drift(),
            tasks: self.tasks(),
            limits: LimitSettings {
                runtime: Duration::from_secs(self.limits.max_runtime_minutes.saturating_mul(60)),
                tool_calls: self.limits.max_tool_calls_per_agent,
                ..LimitSettings::default()
            },
            escalations: EscalationSettings {
                enabled: self.coordinator.human_escalation_enabled,
                ..EscalationSettings::default()
            },
            documentation: self.documentation(),
            streams: StreamSettings {
                broadcast: self.streaming.broadcast_chunks,
                ..StreamSettings::default()
            },
        }
    }

    fn gives(&self, tier: Option<Tier>, feature: Feature) -> bool {
        tier.is_none_or(|tier| self.tier_limits.has(tier, feature))
    }

    fn agents(&self, mode: Mode, tier: Option<Tier>) -> AgentSettings {
        let period = self.intervals.heartbeat_seconds;
        // In periods of the file, so that fewer heartbeats make nobody's time shorter.
        let timeout = self.intervals.agent_timeout_seconds / period.max(1);
        let timeout = u32::try_from(timeout).unwrap_or(u32::MAX);
        let is_billed = mode == Mode::Upstash;
        let native = Some(self.native.max_parallel_agents).filter(|_| mode == Mode::Native);
        let tier = tier.map(|tier| self.tier_limits.of(tier).max_agents);
        let limits = [Some(self.limits.max_parallel_agents), native, tier];
        AgentSettings {
            most: limits.into_iter().flatten().min().unwrap_or(1),
            period: secs(if is_billed { period.max(UPSTASH_PERIOD) } else { period }),
            misses: self.failover.heartbeat_miss_threshold.min(timeout).max(2),
            ..AgentSettings::default()
        }
    }

    fn barriers(&self, mode: Mode) -> BarrierSettings {
        let timeout = match mode {
            Mode::Native => self.native.sync_timeout_seconds,
            _ => self.intervals.sync_timeout_seconds,
        };
        let usual = BarrierSettings::default();
        BarrierSettings {
            timeout: secs(timeout),
            // A short barrier is asked for again before it is over, too.
            resend: secs((timeout / 4).max(1)).min(usual.resend),
            policy: if self.failover.enabled { usual.policy } else { Policy::Hold },
            ..usual
        }
    }

    fn insights(&self, tier: Option<Tier>) -> InsightSettings {
        let insights = &self.insights;
        InsightSettings {
            share: insights.auto_share_discoveries && self.gives(tier, Feature::InsightsSharing),
            pull: self.limits.max_insights_per_pull,
            ttl: secs(self.intervals.insight_ttl_seconds),
            overlap: insights.relevance_matching.min_tag_overlap,
            boost: insights.relevance_matching.boost_same_phase,
            similarity_percent: insights.deduplication.percent(),
            ..InsightSettings::default()
        }
    }

    fn drift(&self) -> DriftSettings {
        let drift = &self.guardrails.drift_detection;
        DriftSettings {
            enabled: drift.enabled,
            files: match drift.file_scope_enforcement {
                FileScope::Off => Enforcement::Off,
                FileScope::Warn => Enforcement::Warn,
                FileScope::Block => Enforcement::Block,
            },
            silence: secs(drift.silent_agent_threshold_seconds),
            tool_calls: drift.tool_call_overdue_threshold,
            ..DriftSettings::default()
        }
    }

    fn tasks(&self) -> TaskSettings {
        TaskSettings {
            reassign: self.failover.enabled && self.failover.auto_reassign_orphaned,
            attempts: self.failover.max_reassign_attempts,
            age: secs(self.limits.max_orphaned_task_age_seconds),
            keep_context: self.failover.preserve_context_on_reassign,
        }
    }

    fn documentation(&self) -> DocumentationSettings {
        let barrier = &self.phases.documentation_barrier;
        DocumentationSettings {
            enabled: barrier.enabled,
            agent: barrier.required_agent.clone(),
            timeout: secs(barrier.timeout_seconds),
            checks: barrier.checks.clone(),
            ..DocumentationSettings::default()
        }
    }
}

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn hours(n: u64) -> Duration {
    Duration::from_secs(n.saturating_mul(3600))
}
