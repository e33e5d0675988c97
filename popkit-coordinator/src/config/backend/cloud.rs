//! `cloud`.

use crate::config::read::{Report, block, rule};

block! {
    /// The block `cloud`: a hosted service, which popkit has not. The keys are accepted; what
    /// is changed is reported as having no effect.
    CloudConfig {
        /// No effect.
        use_workflows: bool = true,
        /// No effect.
        api_url: Option<String> = None,
        /// Only true: a session always runs locally.
        fallback_to_local: bool where rule::always_local = true,
        /// No effect.
        sync_on_result: bool = true,
        /// No effect.
        sync_on_phase_change: bool = true,
    }
}

impl CloudConfig {
    /// Reports what its author may count on.
    pub(in crate::config) fn settle(&self, report: &mut Report<'_>) {
        let shipped = Self::default();
        for (key, is_changed) in [
            ("use_workflows", self.use_workflows != shipped.use_workflows),
            ("api_url", self.api_url != shipped.api_url),
            ("sync_on_result", self.sync_on_result != shipped.sync_on_result),
            ("sync_on_phase_change", self.sync_on_phase_change != shipped.sync_on_phase_change),
        ] {
            if is_changed {
                let why = "unsupported, it has no effect: popkit has no hosted service";
                report.warn(&format!("cloud.{key}"), why);
            }
        }
    }
}
