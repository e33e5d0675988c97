//! Formats of the predecessors, both directions. Only names and formats are shared; the
//! meaning is that of [`task`](crate::task).
//!
//! | Room | Holds |
//! |---|---|
//! | [`autonomous`] | the task files of the autonomous system, `schema_version` 2.0 |

pub mod autonomous;
mod naive;
