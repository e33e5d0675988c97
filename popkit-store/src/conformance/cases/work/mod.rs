//! Claiming, holding, finishing.

pub mod claim;
pub mod heartbeat;
pub mod lease;
pub mod outcome;
pub mod rescue;
pub mod rule;
pub mod rule_wait;
pub mod step;
pub mod wait;
