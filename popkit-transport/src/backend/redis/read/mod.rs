//! Reading.
//!
//! | Room | Holds |
//! |---|---|
//! | `head` | where a log ends |
//! | `begin` | where a new reader starts |
//! | `tape` | one channel's log: what its entries tell |
//! | `values` | one channel's latest values |
//! | `follow` | waiting for what comes, over connections of the reader's own |
//! | `page` | reading what is there, for a reader that ends |
//! | `source` | all channels of a subscription |

mod begin;
mod follow;
mod head;
mod page;
mod source;
mod tape;
mod values;

pub(super) use self::source::subscribe;
