//! What a REST service that bills each command tells of itself, and what it costs.
//!
//! | Room | Holds |
//! |---|---|
//! | `look` | asking all of it, with few commands |
//! | `cost` | what a month costs, at rest and at work |
//! | `view` | the report, for people and as JSON |

mod cost;
mod look;
mod view;

pub(crate) use cost::LoadArgs;
pub(crate) use look::{Looked, connect};
pub(crate) use view::report;
