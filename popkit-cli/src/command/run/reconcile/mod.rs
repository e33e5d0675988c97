//! The plan held against the tasks that are stored: what is kept, requeued, replaced,
//! inserted and dropped. Deciding (`decide`) is pure; `apply` does it.

mod apply;
mod decide;
mod earlier;
mod fresh;
mod orphans;
mod places;

pub(super) use apply::{Applied, apply};
pub(super) use decide::{Decision, decide};
pub(super) use earlier::wait_for_earlier;
pub(super) use fresh::{move_aside, remove_all};
pub(super) use orphans::Orphans;
pub(super) use places::{carry_over, inbox_places};
