//! What a server says of itself: which one it is, and what its settings promise.

mod identity;
mod info;
mod settings;
mod version;

pub use identity::{Identity, Mode, Role};
pub use settings::{Eviction, Settings};
pub use version::ServerVersion;
