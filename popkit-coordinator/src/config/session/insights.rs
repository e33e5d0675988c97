//! `insights`.

use crate::config::percent::percent;
use crate::config::read::{block, rule};

block! {
    /// The block `insights`: who learns what others find.
    InsightsConfig {
        /// Whether insights are sent on at once; else an agent gets them at its check-in.
        auto_share_discoveries: bool = true,
        /// Whom an insight concerns.
        relevance_matching: RelevanceConfig = RelevanceConfig::default(),
        /// Which insights say the same.
        deduplication: DeduplicationConfig = DeduplicationConfig::default(),
    }
}
block! {
    /// The block `insights.relevance_matching`.
    RelevanceConfig {
        /// Only true: an agent that has no tags gets insights whatever theirs.
        enabled: bool where rule::always_relevant = true,
        /// How many tags an insight and an agent must have in common.
        min_tag_overlap: u32 [1..=32] = 1,
        /// Whether those of the phase that runs come first.
        boost_same_phase: bool = true,
    }
}
block! {
    /// The block `insights.deduplication`.
    DeduplicationConfig {
        /// Only true: equal insights are kept once.
        enabled: bool where rule::always_deduplicated = true,
        /// The share of their words that two insights of one sort have in common when they say
        /// the same. 1.0: only equal ones do; so does 0.8, the value as shipped, see
        /// [`percent`](Self::percent).
        similarity_threshold: f64 [0.1..=1.0] = Self::SHIPPED,
    }
}

impl DeduplicationConfig {
    /// The threshold of the file as it is shipped.
    const SHIPPED: f64 = 0.8;

    /// The threshold in per cent of words.
    ///
    /// The shipped 0.8 was meant for a comparison of meanings, which popkit has not. Counted in
    /// words it would drop an insight that differs in a `not`, or in the name of a file; so it
    /// is 100 here. Any other value is taken as it is.
    #[must_use]
    pub fn percent(&self) -> u8 {
        let is_shipped = (self.similarity_threshold - Self::SHIPPED).abs() < f64::EPSILON;
        if is_shipped {
            return 100;
        }
        u8::try_from(percent(self.similarity_threshold)).unwrap_or(100)
    }
}
