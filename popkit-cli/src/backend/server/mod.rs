//! What a Redis server tells of itself.
//!
//! | Room | Holds |
//! |---|---|
//! | `look` | asking all of it |
//! | `info` | the text of `INFO` |
//! | `view` | the report, for people and as JSON |

mod info;
mod look;
mod view;

pub(crate) use info::Info;
pub(crate) use look::{Server, connect, keyspace, micros, ping, time};
pub(crate) use view::{mebibytes, report};
