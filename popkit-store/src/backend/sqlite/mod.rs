//! Tasks and documents in one SQLite file, shared by the processes of one host.
//!
//! ```no_run
//! use popkit_store::SqliteOptions;
//!
//! # async fn open() -> popkit_store::Result<()> {
//! let store = SqliteOptions::new(".popkit/tasks.db").open().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The rules of the task path are [`engine`](crate::engine)'s; here is what makes them
//! lasting, fast and safe to share:
//!
//! | Room | Holds |
//! |---|---|
//! | `config`, `open` | options; opening, checking and migrating the file |
//! | `writer` | the one thread that writes: group commit, waiting agents |
//! | `tables` | the engine's view of the database |
//! | `read` | queries on connections of their own |
//! | `store`, `documents` | the two seams |
//! | `classify` | what an error of SQLite means |
//!
//! # Durability
//!
//! Power-safe by default: inserts, finishes, changes and documents are synced before they
//! are answered (`synchronous=FULL`), calls that go on at the same time share the sync.
//! Claims, heartbeats and pruning are not synced: losing one costs a repetition, not work.
//! With [`Durability::CrashSafe`](crate::Durability::CrashSafe) nothing is synced; a killed
//! process loses nothing, a power cut may lose the last calls, and neither damages the file.
//!
//! # Files
//!
//! Beside `tasks.db` lie `tasks.db-wal` and `tasks.db-shm` (SQLite's log and its index),
//! `tasks.db.lock` (writers of several processes take turns by it) and `tasks.db.open` (says
//! that somebody has the store open). Copying the database alone while it is in use gives a
//! damaged copy: copy it after [`close`](crate::TaskStore::close), or with SQLite's tools.

mod classify;
mod config;
mod documents;
mod open;
mod read;
mod shared;
mod store;
mod tables;
mod writer;

pub use self::config::SqliteOptions;
pub use self::store::SqliteStore;
