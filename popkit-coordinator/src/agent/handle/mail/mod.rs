//! Letters: which are new, who waits for them, when they are handled.
//!
//! | Room | Holds |
//! |---|---|
//! | `recent` | the newest names of something |
//! | `known` | what the agent knows already |
//! | `sort` | from a letter to an order, or to nothing |
//! | `desk` | what was read: what lies there, what was given, what is handled |
//! | `wait` | reading, waiting, acknowledging |

mod desk;
mod known;
mod recent;
mod sort;
mod wait;

pub(super) use desk::Item;
pub(super) use wait::Mail;
