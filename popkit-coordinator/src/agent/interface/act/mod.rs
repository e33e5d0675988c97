//! Making tasks and changing them, in a person's name.

mod change;
mod create;
