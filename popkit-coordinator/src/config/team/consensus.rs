//! `consensus`.

use crate::config::read::{Report, block, rule};

block! {
    /// The block `consensus`: what agents would have to agree upon. popkit takes no votes; a
    /// person decides.
    ConsensusConfig {
        /// No effect.
        threshold: f64 [0.0..=1.0] = 0.7,
        /// Actions that a person must allow, beside `guardrails.human_required_actions`.
        require_unanimous_for: Vec<String> where rule::names =
            ["delete_files", "modify_security", "push_changes"].map(str::to_owned).into(),
    }
}

impl ConsensusConfig {
    pub(in crate::config) fn settle(&self, report: &mut Report<'_>) {
        if (self.threshold - Self::default().threshold).abs() > f64::EPSILON {
            let why = "unsupported, it has no effect: popkit takes no votes, a person decides";
            report.warn("consensus.threshold", why);
        }
    }
}
