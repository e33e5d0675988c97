//! What is seen of a run: bars on a terminal, else lines, both on standard error; JSON on
//! standard output.

mod bars;
mod json;
mod screen;
mod text;

pub(super) use screen::{Began, Screen};
