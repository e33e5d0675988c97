//! What the layers of stores and transports have in common: the parts that neither wait nor
//! call anything.
//!
//! A seam's crate adds its operations, and the layers themselves.

mod counts;
mod injection;
mod options;
mod plan;
mod random;
mod retry;

pub use counts::FaultCounts;
pub use injection::Injection;
pub use options::{FaultOptions, FaultRates};
pub use plan::FaultPlan;
pub use random::SplitMix64;
pub use retry::RetryOptions;
