//! What a person can ask for, and how it is written.
//!
//! | Room | Holds |
//! |---|---|
//! | `model` | [`Command`] |
//! | `verb` | the words: one row per command, from which help and hints are made |
//! | `words` | a line as words, with quotes |
//! | `arguments` | the words behind the verb: options and the rest |
//! | `parse` | from a line to a [`Command`] |
//! | `error` | [`CommandError`] |
//!
//! Nothing here looks at a store: a line and what it means are one pure function.

mod arguments;
mod error;
mod model;
mod parse;
mod verb;
mod words;

pub use error::CommandError;
pub use model::{Command, CreateTask, TaskFilter};
pub(super) use verb::help;
