//! Reading streams so that nothing is lost, and what is gone is told.

mod entry;
mod event;
mod id;
mod judge;
mod nudge;
mod options;
mod pace;
mod place;
mod reader;
mod summary;
mod work;

pub use entry::Entry;
pub use event::{StreamEvent, StreamStart};
pub use id::StreamId;
pub use nudge::Nudge;
pub use options::{Follow, ReaderOptions};
pub use reader::StreamReader;
