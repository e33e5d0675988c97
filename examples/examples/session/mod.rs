//! What the examples of power sessions share.
//!
//! | Room | Holds |
//! |---|---|
//! | `stage` | [`Stage`]: the store, the transport and the names of a session |
//! | `team` | [`Team`]: child processes of the example |
//! | `journal` | what happened, as the session keeps it |
//! | `replay` | the record of a session, handled again |
//! | `say` | what the example prints |

mod journal;
mod replay;
mod say;
mod stage;
mod team;

pub(crate) use journal::journal;
pub(crate) use replay::replay;
pub(crate) use say::say;
pub(crate) use stage::Stage;
pub(crate) use team::{PLACE, Team, end_with_parent};

/// What anything here may end with.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
