//! `learning`.

use popkit_protocol::Pattern;

use crate::config::read::block;

block! {
    /// The block `learning`: what results teach.
    LearningConfig {
        /// Whether anything is learned.
        enabled: bool = true,
        /// Whether what was learned is written down beside the session's own state.
        store_patterns: bool = true,
        /// Hours that a pattern is kept after it was last seen.
        pattern_retention_hours: u64 [1..=87_600] = 24,
        /// Whether the next session begins with what this one has learned.
        share_patterns_across_sessions: bool = false,
        /// How sure a pattern must be for the next session to begin with it, 0 to 1.
        success_pattern_threshold: f64 [0.0..=1.0] = 0.8,
    }
}

impl LearningConfig {
    /// Whether patterns are written down as documents of their own.
    #[must_use]
    pub const fn stores_patterns(&self) -> bool {
        self.enabled && self.store_patterns
    }

    /// With which patterns of earlier sessions a new one begins: none unless they are shared,
    /// and those that are sure enough then, failures included, as they are to be avoided.
    #[must_use]
    pub fn carried(&self, stored: Vec<Pattern>) -> Vec<Pattern> {
        if !self.stores_patterns() || !self.share_patterns_across_sessions {
            return Vec::new();
        }
        let is_sure = |pattern: &Pattern| pattern.confidence >= self.success_pattern_threshold;
        stored.into_iter().filter(is_sure).collect()
    }
}
