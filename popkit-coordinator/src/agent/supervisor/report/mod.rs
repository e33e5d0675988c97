//! What a supervisor tells: how far its plan is, and how it ended.
//!
//! | Room | Holds |
//! |---|---|
//! | `progress` | [`PlanProgress`]: one look at a plan |
//! | `count` | how it is made |
//! | `feed` | [`ProgressFeed`]: the looks as they come |
//! | `summary` | [`Summary`]: the end |
//! | `voice` | the messages |

mod count;
mod feed;
mod progress;
mod summary;
mod voice;

pub(super) use count::progress;
pub use feed::ProgressFeed;
pub(super) use feed::{Looks, looks};
pub use progress::{BlockerNote, PhaseProgress, PlanProgress, RunningTask};
pub(super) use summary::Tally;
pub use summary::{Ending, FailedTask, Summary};
pub(super) use voice::{Unsent, Voice, complete, escalation, phase, progress as told};
