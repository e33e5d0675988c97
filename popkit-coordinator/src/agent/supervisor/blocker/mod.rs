//! What keeps a plan from ending, and what is done about it.
//!
//! | Room | Holds |
//! |---|---|
//! | `model` | [`Blocker`], [`BlockerCause`] |
//! | `find` | all blockers of a board |
//! | `policy` | [`BlockerPolicy`] and [`Resolution`]: what is to be done, as a pure function |
//! | `decide` | which of it is new, and which is still to be done |

mod decide;
mod find;
mod model;
mod policy;

pub(super) use decide::{Decided, Decisions};
pub(super) use find::blockers;
pub use model::{Blocker, BlockerCause};
pub use policy::{BlockerPolicy, Resolution, StandardPolicy};
