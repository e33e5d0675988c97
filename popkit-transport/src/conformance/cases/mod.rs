//! The cases, by noun. Each says which line of the contract it proves.

mod keep;
mod life;
mod read;
mod send;

pub use super::{model, races as race};
pub use keep::{latest, overflow, reset, retention};
pub use life::{capability, close, cut};
pub use read::{cursor, once, order, repeat, subscribe, wake};
pub use send::{batch, headers, names, publish};
