//! What the interface agent hears: how far plans are, what was found, what a person is asked.
//!
//! Messages are hints for the report. What a task is, the store alone says.

mod heard;
mod listen;
mod model;

pub(super) use heard::Heard;
pub use model::{HeardInsight, HeardPlan, Question};
