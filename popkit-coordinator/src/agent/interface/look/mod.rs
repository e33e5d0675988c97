//! Looking at tasks and at what happened.
//!
//! | Room | Holds |
//! |---|---|
//! | `status` | [`StatusReport`]: the report for people |
//! | `list` | summaries and lists |
//! | `show` | one task |
//! | `activity` | the last events |
//! | `recent` | finding the end of a long history |

mod activity;
mod list;
mod recent;
mod show;
mod status;

pub(super) use activity::what;
pub use status::{AgentLoad, StatusReport};
