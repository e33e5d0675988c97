//! What the team shows, how it decides, what it learns.

mod consensus;
mod coordinator;
mod learning;
mod output;

pub use consensus::ConsensusConfig;
pub use coordinator::{ConflictResolution, CoordinatorConfig, CoordinatorMode};
pub use learning::LearningConfig;
pub use output::{CheckinStyle, OutputConfig, ResultStyle};
