//! What is kept in memory to spare statements. All of it is forgotten when another process
//! wrote, and when something that was written is undone; see `state`.

mod counter;
mod held;
mod lanes;
mod specs;

pub(super) use self::counter::Counter;
pub(super) use self::held::Held;
pub(super) use self::lanes::Lanes;
pub(in crate::backend::sqlite) use self::specs::Specs;
