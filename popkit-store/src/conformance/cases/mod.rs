//! The cases, by noun. Each says which line of the contract it proves.

mod accept;
mod documents;
mod look;
mod work;

pub use super::{model, races as race};
pub use accept::{dependency, edges, insert, lanes};
pub use documents::{condition, document};
pub use look::{capability, change, close, history, prune, query};
pub use work::{claim, heartbeat, lease, outcome, rescue, rule, rule_wait, step, wait};
