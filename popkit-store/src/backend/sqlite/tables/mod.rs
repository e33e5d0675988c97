//! The engine's view of the database, inside one transaction of the writer.
//!
//! | Room | Holds |
//! |---|---|
//! | `engine` | [`Tables`](crate::engine::Tables) over prepared statements |
//! | `statements` | the statements |
//! | `row` | a task as a row, and back |
//! | `state` | what is cached between transactions, and when it is forgotten |
//! | `lanes`, `counter`, `specs` | the caches |
//! | `event`, `replay` | their encodings |
//! | `prune` | removing tasks |
//!
//! The rules of the task path are not here but in [`engine`](crate::engine).

mod counter;
mod engine;
mod event;
mod lanes;
mod prune;
mod replay;
mod row;
mod specs;
mod state;
mod statements;

pub(super) use self::event::decode as decode_event;
pub(super) use self::row::{COLUMNS, all_places, mask_of, read as read_task, spec as read_spec};
pub(super) use self::specs::Specs;
pub(super) use self::state::SqliteTables;

use super::classify::{Sql, corrupt};

/// A number as SQLite keeps it. What is stored stays far below its limit.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from the database that cannot be negative.
pub(super) fn nat(number: i64) -> Sql<u64> {
    u64::try_from(number).map_err(|_| corrupt(format!("{number} where no negative number can be")))
}
