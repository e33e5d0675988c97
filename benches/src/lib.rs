//! What the benches share: stores full of tasks, a load that completes and claims, channels
//! full of messages, and the floors they are held against.

pub mod clock;
pub mod fixture;
pub mod floor;
pub mod load;
pub mod message;
pub mod peer;
pub mod redis;

/// What anything here may end with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
