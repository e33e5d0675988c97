//! What the commands about messages have in common.
//!
//! | Room | Holds |
//! |---|---|
//! | `agents` | agents that were heard of |
//! | `address` | where messages are: a room's folder, or what `--transport` names |
//! | `channel` | channels by their short names |
//! | `documents` | how far agents have read, one place per transport |
//! | `folders` | the channels that are there, by their folders |
//! | `kind` | the types of messages, as people write them |
//! | `looking` | looking without making anything |
//! | `error` | errors of messages, with their exit codes |
//! | `view` | messages as JSON |
//! | `text` | messages for people |
//! | `trouble` | what to do when a reader cannot read |

mod address;
mod agents;
mod channel;
mod documents;
mod error;
mod folders;
pub(crate) mod kind;
mod looking;
pub(crate) mod text;
mod trouble;
pub(crate) mod view;

pub(crate) use address::Address;
pub(crate) use agents::{Heartbeats, heartbeats, known_agents, readers};
pub(crate) use channel::{channel, nearest_of};
pub(crate) use documents::{Scoped, copy_of_place};
pub(crate) use folders::Folders;
pub(crate) use looking::Looking;
pub(crate) use trouble::Trouble;
