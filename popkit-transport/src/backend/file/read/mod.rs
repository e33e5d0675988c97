//! The source of a subscription.
//!
//! | Room | Holds |
//! |---|---|
//! | `tape` | one channel: where it is read, and what comes next |
//! | `begin` | where a new reader starts |
//! | `source` | waiting for any of several channels |

mod begin;
mod source;
mod tape;

pub(super) use self::source::subscribe;
