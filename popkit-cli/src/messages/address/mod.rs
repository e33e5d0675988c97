//! Where messages are.
//!
//! | Room | Holds |
//! |---|---|
//! | `find` | [`Address`]: a room's folder, or what `--transport` names |
//! | `open` | opening it, to write, to read, or only to look |
//! | `scope` | telling the places of its readers from those of others in one store |

mod find;
mod open;
mod scope;

pub(crate) use find::Address;
