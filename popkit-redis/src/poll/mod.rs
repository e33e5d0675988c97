//! Waiting for entries over a wire that cannot block: one question for all who wait.
//!
//! | Room | Holds |
//! |---|---|
//! | `wait` | what callers see |
//! | `shared` | one poll: who waits, and the task that asks for them |
//! | `table` | who waits for what, and what an answer brings to whom |
//! | `question` | many waiters' places become one `XREAD` |
//! | `each` | each one's own question, where the one of all is refused |
//! | `pace` | when it is asked |
//! | `hint`, `ear` | what makes it asked sooner |
//! | `budget` | what makes it asked later |
//! | `handle` | a poll as one of its handles has it |

#![cfg_attr(
    not(feature = "rest"),
    allow(dead_code, unused_imports, reason = "hints come over REST alone")
)]

mod budget;
mod each;
mod ear;
mod handle;
mod hint;
mod pace;
mod question;
mod shared;
mod table;
mod wait;

pub(crate) use handle::Polling;
pub(crate) use hint::HintSource;
#[cfg(feature = "rest")]
pub(crate) use hint::Listening;
pub(crate) use pace::Bounds;
pub(crate) use question::Found;
pub(crate) use shared::{Poll, PollOptions};
pub(crate) use table::is_stop;

#[cfg(test)]
mod tests;
