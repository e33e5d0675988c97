//! `phases`.

use crate::config::read::{Report, block, nearest, rule};

/// The checks that popkit makes.
const CHECKS: [&str; 3] = ["claude_md_updated", "readme_version_match", "no_autogen_drift"];

block! {
    /// The block `phases`.
    PhasesConfig {
        /// The phases of an objective that names none. An empty list makes one, `work`.
        default_phases: Vec<String> where rule::phases =
            ["explore", "design", "implement", "test", "documentation", "review"]
                .map(str::to_owned).into(),
        /// Whether each phase begins with a barrier.
        sync_between_phases: bool = true,
        /// Whether a person may skip a phase.
        allow_phase_skip: bool = false,
        /// A phase may take its share of the run time, so many times.
        phase_timeout_multiplier: f64 [0.1..=100.0] = 1.5,
        /// At the end of the phase `documentation`, or `document`.
        documentation_barrier: DocumentationConfig = DocumentationConfig::default(),
    }
}
block! {
    /// The block `phases.documentation_barrier`: the phase ends only when the documents are as
    /// they should be.
    DocumentationConfig {
        /// Whether there is one.
        enabled: bool = true,
        /// The agent that is told what is missing.
        required_agent: String where rule::agent = "documentation-maintainer".to_owned(),
        /// Seconds that it waits for the checks to be met.
        timeout_seconds: u64 [1..=86_400] = 300,
        /// What is checked.
        checks: Vec<String> where rule::names = CHECKS.map(str::to_owned).into(),
    }
}

impl PhasesConfig {
    /// Reports checks that only a person can make.
    pub(in crate::config) fn settle(&self, report: &mut Report<'_>) {
        for (i, check) in self.documentation_barrier.checks.iter().enumerate() {
            if CHECKS.contains(&check.as_str()) {
                continue;
            }
            let near = nearest(check, CHECKS).map(|near| format!(" (did you mean {near:?}?)"));
            let key = format!("phases.documentation_barrier.checks[{i}]");
            let near = near.unwrap_or_default();
            report.warn(&key, format!("{check:?} is no check that popkit makes{near}"));
        }
    }
}
