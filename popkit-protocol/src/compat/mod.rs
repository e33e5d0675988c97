//! Formats of the predecessors, both directions. Only names and formats are shared; the
//! meaning is that of [`task`](crate::task).
