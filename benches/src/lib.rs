//! What the benches share: stores full of tasks, a load that completes and claims, and the
//! floors they are held against.

pub mod fixture;
pub mod floor;
pub mod load;

/// What anything here may end with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
