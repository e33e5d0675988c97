//! `native`.

use std::time::Duration;

use crate::config::read::{Report, block, rule};
use crate::mode::Version;

block! {
    /// The block `native`: agents as child processes of this program.
    NativeConfig {
        /// Whether native mode may be chosen.
        enabled: bool = true,
        /// The version of Claude Code that native mode needs at least.
        min_claude_code_version: Version = Version::new(2, 0, 64),
        /// Agents at once in native mode; `limits.max_parallel_agents` and the limit of a tier
        /// hold, too.
        max_parallel_agents: u32 [1..=256] = 5,
        /// Milliseconds between two looks at what agents have written into the file of
        /// insights.
        poll_interval_ms: u64 [50..=60_000] = 500,
        /// Seconds that a barrier waits in native mode; `intervals.sync_timeout_seconds` holds
        /// in the others.
        sync_timeout_seconds: u64 [1..=86_400] = 120,
        /// Whether insights are mirrored into a file, and read from it.
        use_insights_file: bool = true,
        /// The file of insights, in the project.
        insights_file_path: String where rule::mirror = ".claude/popkit/insights.json".to_owned(),
        /// The file in which people see how the session stands, in the project.
        state_file_path: String where rule::mirror = ".claude/popkit/power-state.json".to_owned(),
        /// Agents that plan before they work.
        plan_mode: PlanModeConfig = PlanModeConfig::default(),
    }
}
block! {
    /// The block `native.plan_mode`: agents that plan before they work. How an agent plans is
    /// said by its command, so popkit takes nothing out of it.
    PlanModeConfig {
        /// No effect.
        enabled: bool = true,
        /// No effect.
        min_claude_code_version: Version = Version::new(2, 0, 70),
        /// No effect: a question waits as long as it says itself.
        timeout_seconds: u64 [1..=86_400] = 300,
        /// Only false: an answer that nobody gave is no consent.
        auto_approve_on_timeout: bool where rule::no_approval_by_silence = false,
        /// For people; popkit reads nothing out of it.
        notes: String = "An agent that plans asks before it works. No answer is a no.".to_owned(),
    }
}

impl NativeConfig {
    /// Refuses what does not go together.
    pub(in crate::config) fn settle(&self, report: &mut Report<'_>) {
        self.plan_mode.settle(report);
        let names = |path: &str| -> Vec<String> {
            let path = path.to_lowercase();
            let names = path.split(['/', '\\']).filter(|name| !matches!(*name, "" | "."));
            names.map(str::to_owned).collect()
        };
        if names(&self.insights_file_path) == names(&self.state_file_path) {
            let key = ["native.state_file_path", "native.insights_file_path"];
            let key = key.into_iter().find(|key| report.has(key)).unwrap_or("native");
            let why = "the file of insights and that of the state are one; name two files";
            report.refuse(key, why);
        }
    }

    /// How long to wait between two looks at the file of insights.
    #[must_use]
    pub fn poll_interval(&self) -> Duration {
        Duration::from_millis(self.poll_interval_ms)
    }
}

impl PlanModeConfig {
    /// Says of what somebody has changed that it changes nothing.
    fn settle(&self, report: &mut Report<'_>) {
        let usual = Self::default();
        let changed = [
            ("enabled", self.enabled != usual.enabled),
            (
                "min_claude_code_version",
                self.min_claude_code_version != usual.min_claude_code_version,
            ),
            ("timeout_seconds", self.timeout_seconds != usual.timeout_seconds),
        ];
        for (key, _) in changed.into_iter().filter(|(_, is_changed)| *is_changed) {
            let why = "unsupported, it has no effect: the agent's command says how it plans; \
                       have it ask by `popkit agent ask` before it works";
            report.warn(&format!("native.plan_mode.{key}"), why);
        }
    }
}
