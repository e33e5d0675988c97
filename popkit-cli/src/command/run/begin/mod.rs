//! What comes before anything starts.

mod claim;
mod crew;
mod lock;
mod plan;
mod signals;
mod store;

pub(super) use claim::claim;
pub(super) use crew::{Crew, Member};
pub(super) use lock::RunLock;
pub(super) use plan::{Ready, TAG, ready};
pub(super) use signals::Signals;
pub(super) use store::{Place, place};
