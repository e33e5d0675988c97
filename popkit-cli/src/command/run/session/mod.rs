//! A run is a power session: its phases, its agents and its end are the machine's affair.
//!
//! | Room | Holds |
//! |---|---|
//! | `lead` | [`RunSession`]: beginning it, leading it beside the work, its end |
//! | `feed` | its tasks, as the board knows them |
//! | `judge` | what must hold at the end, as the machine asks for it |
//! | `beats` | the heartbeats of the run's own agents |

mod beats;
mod feed;
mod judge;
mod lead;

pub(super) use lead::{RunSession, Stage};
