//! How a session goes: its times, its limits, its rules.

mod failover;
mod guardrails;
mod insights;
mod intervals;
mod limits;
mod phases;
mod streaming;

pub use failover::FailoverConfig;
pub use guardrails::{DriftConfig, FileScope, GuardrailsConfig, Unconventional};
pub use insights::{DeduplicationConfig, InsightsConfig, RelevanceConfig};
pub use intervals::IntervalsConfig;
pub use limits::LimitsConfig;
pub use phases::{DocumentationConfig, PhasesConfig};
pub use streaming::StreamingConfig;
