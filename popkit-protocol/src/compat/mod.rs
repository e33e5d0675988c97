//! Formats of the predecessors, both directions. Only names and formats are shared; the
//! meaning is that of [`task`](crate::task).
//!
//! | Room | Holds |
//! |---|---|
//! | [`autonomous`] | the task files of the autonomous system, `schema_version` 2.0 |
//! | [`python`] | the messages of PopKit Power Mode (v1), as strict as its Python is |
//! | [`spine`] | the messages of its last era, the execution spine |

pub mod autonomous;
mod naive;
pub mod python;
pub mod spine;
