//! What goes over a wire and what comes back, in no client library's words.

mod argument;
mod command;
mod reply;

pub use argument::Argument;
pub use command::Command;
pub use reply::Reply;
