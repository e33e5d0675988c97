//! The whole file.

use crate::mode::Mode;

use super::read::{Report, block, rule};
use super::{
    ChannelsConfig, CloudConfig, ConsensusConfig, CoordinatorConfig, FailoverConfig,
    GuardrailsConfig, InsightsConfig, IntervalsConfig, LearningConfig, LimitsConfig, NativeConfig,
    OutputConfig, PhasesConfig, RedisConfig, StreamingConfig, TierLimits,
};

block! {
    /// How popkit runs power sessions: `config.json`, version 2.
    Config {
        /// Where the schema of the file is, for editors. popkit does not open it.
        schema("$schema"): Option<String> = Some(Self::SCHEMA_FILE.to_owned()),
        /// What the file is for. For people.
        description: String = "How popkit runs power sessions in this project.".to_owned(),
        /// The version of the file's form: 2, and anything after it.
        version: String where rule::file_version = "2.0.0".to_owned(),
        /// The modes that may be chosen, the first that is to be had.
        mode_priority: Vec<Mode> where rule::modes =
            vec![Mode::Native, Mode::Redis, Mode::File],
        /// Agents as child processes of this program.
        native: NativeConfig = NativeConfig::default(),
        /// Limits of tiers.
        tier_limits: TierLimits = TierLimits::default(),
        /// Which server.
        redis: RedisConfig = RedisConfig::default(),
        /// Names of channels and keys.
        channels: ChannelsConfig = ChannelsConfig::default(),
        /// Times.
        intervals: IntervalsConfig = IntervalsConfig::default(),
        /// Limits.
        limits: LimitsConfig = LimitsConfig::default(),
        /// What agents may not do.
        guardrails: GuardrailsConfig = GuardrailsConfig::default(),
        /// When an agent is lost, and what becomes of its work.
        failover: FailoverConfig = FailoverConfig::default(),
        /// Who learns what others find.
        insights: InsightsConfig = InsightsConfig::default(),
        /// Phases.
        phases: PhasesConfig = PhasesConfig::default(),
        /// What is shown and kept.
        output: OutputConfig = OutputConfig::default(),
        /// What the coordinator does.
        coordinator: CoordinatorConfig = CoordinatorConfig::default(),
        /// What results teach.
        learning: LearningConfig = LearningConfig::default(),
        /// A hosted service, which popkit has not.
        cloud: CloudConfig = CloudConfig::default(),
        /// What agents would have to agree upon.
        consensus: ConsensusConfig = ConsensusConfig::default(),
        /// What tools put out while they run.
        streaming: StreamingConfig = StreamingConfig::default(),
    }
}

impl Config {
    /// The name under which [`example`](Self::example) looks for the schema: a file beside it.
    pub const SCHEMA_FILE: &str = "config.schema.json";

    /// What holds where there is no file: the defaults, but for the port of Redis, which is
    /// that of Redis, 6379.
    #[must_use]
    pub fn without_file() -> Self {
        let redis = RedisConfig { port: 6379, ..RedisConfig::default() };
        Self { redis, ..Self::default() }
    }

    /// What no key can be judged for alone.
    pub(super) fn settle(&mut self, report: &mut Report<'_>) {
        self.channels.settle(report);
        self.native.settle(report);
        self.intervals.settle(report);
        self.guardrails.settle(report);
        self.phases.settle(report);
        self.cloud.settle(report);
        self.consensus.settle(report);
        if !self.native.enabled && self.mode_priority == [Mode::Native] {
            let why = "no mode is left, as native.enabled is false; name one beside \"native\"";
            report.refuse("mode_priority", why);
        }
    }
}
