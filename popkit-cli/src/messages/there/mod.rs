//! The channels that are there.
//!
//! | Room | Holds |
//! |---|---|
//! | `channels` | [`There`]: whatever keeps them |
//! | `folders` | by their folders |
//! | `streams` | by their streams on a Redis server |
//! | `looking` | looking at folders without making any |

mod channels;
mod folders;
mod looking;
mod streams;

pub(crate) use channels::There;
pub(crate) use folders::Folders;
pub(crate) use looking::Looking;
