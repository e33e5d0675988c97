//! The engine's view of the database, inside one transaction of the writer.
//!
//! | Room | Holds |
//! |---|---|
//! | `engine` | [`Tables`](crate::engine::Tables): what the engine asks for |
//! | `task`, `lane`, `timer`, `slot`, `prune` | the larger parts of it |
//! | `state`, `cache` | what is kept between transactions, and when it is forgotten |
//! | `statements` | every statement, prepared once |
//! | `row`, `event`, `replay` | rows, and back |
//!
//! The rules of the task path are not here but in [`engine`](crate::engine).

mod cache;
mod engine;
mod event;
mod lane;
mod prune;
mod replay;
mod row;
mod slot;
mod state;
mod statements;
mod task;
mod timer;

pub(super) use self::cache::Specs;
pub(super) use self::event::decode as decode_event;
pub(super) use self::lane::read_rule;
pub(super) use self::row::{COLUMNS, counted_place, mask_of, read as read_task, spec as read_spec};

pub(super) use self::state::SqliteTables;

use super::classify::{Sql, corrupt};
use crate::{Error, ErrorKind};

/// A number as SQLite keeps it. What is stored stays far below its limit.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from the database that cannot be negative.
pub(super) fn nat(number: i64) -> Sql<u64> {
    u64::try_from(number).map_err(|_| corrupt(format!("{number} where no negative number can be")))
}

fn no_json(error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::Unexpected, format!("a value has no JSON form: {error}"))
}
