//! What the commands about messages have in common.
//!
//! | Room | Holds |
//! |---|---|
//! | `agents` | agents that were heard of |
//! | `address` | where messages are: a room's folder, or what `--transport` names |
//! | `channel` | channels by their short names |
//! | `documents` | how far agents have read, one place per transport |
//! | `kind` | the types of messages, as people write them |
//! | `there` | the channels that are there, and looking without making any |
//! | `error` | errors of messages, with their exit codes |
//! | `view` | messages as JSON |
//! | `text` | messages for people |
//! | `trouble` | what to do when a reader cannot read |

mod address;
mod agents;
mod channel;
mod documents;
mod error;
pub(crate) mod kind;
pub(crate) mod text;
mod there;
mod trouble;
pub(crate) mod view;

pub(crate) use address::Address;
pub(crate) use agents::{Heartbeats, heartbeats, known_agents, readers};
pub(crate) use channel::{channel, nearest_of};
pub(crate) use documents::{Scoped, copy_of_place};
pub(crate) use there::{Folders, Looking, There};
pub(crate) use trouble::Trouble;
