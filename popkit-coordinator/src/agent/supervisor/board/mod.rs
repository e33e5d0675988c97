//! The tasks of a plan as the store's history tells of them.
//!
//! | Room | Holds |
//! |---|---|
//! | `copy` | [`Board`]: the tasks, kept by replaying events |
//! | `standing` | where each task stands, seen from the end of the plan |
//! | `tail` | following the history, without haste where nothing happens |

mod copy;
mod standing;
mod tail;

#[cfg(test)]
pub(super) mod stage;

pub(super) use copy::{Board, Seen};
pub(super) use standing::{Standing, Standings, standings};
pub(super) use tail::{Tail, before, read};
