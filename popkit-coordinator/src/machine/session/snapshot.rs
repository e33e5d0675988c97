//! Snapshots and the log.

use popkit_protocol::{Json, JsonError};
use serde::{Deserialize, Serialize};

use super::Machine;
use crate::machine::effect::Effect;
use crate::machine::input::{Entry, Start, StartError};

/// The form that this program writes.
const FORMAT: u32 = 1;

/// A snapshot that cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It has no JSON form: a defect of the machine.
    #[error("the snapshot of the session cannot be written: {0}")]
    Unwritable(JsonError),
    /// It is damaged.
    #[error("the snapshot of the session is unreadable: {0}; replay its log instead")]
    Damaged(JsonError),
    /// A newer popkit wrote it.
    #[error("the snapshot has form {0}, this program knows form 1; update it")]
    Newer(u32),
}

/// A log that cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It begins with what no session begins with.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Entries are missing.
    #[error("entry {expected} of the log is missing, entry {found} follows; read it from there")]
    Gap {
        /// What should come.
        expected: u64,
        /// What came.
        found: u64,
    },
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    machine: &'a Machine,
}

#[derive(Deserialize)]
struct Read {
    machine: Machine,
}

impl Machine {
    /// All of it, pending effects included, with the version of its form.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Unwritable`]: a defect.
    pub fn snapshot(&self) -> Result<Json, SnapshotError> {
        let written = Written { format: FORMAT, machine: self };
        Json::encode(&written).map_err(SnapshotError::Unwritable)
    }

    /// The machine of a snapshot. Its pending effects come out with the next
    /// [`Input::Lead`](crate::machine::Input::Lead).
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] where it is damaged or newer than this program.
    pub fn restore(snapshot: &Json) -> Result<Self, SnapshotError> {
        let Format { format } = snapshot.decode().map_err(SnapshotError::Damaged)?;
        if format > FORMAT {
            return Err(SnapshotError::Newer(format));
        }
        let Read { machine } = snapshot.decode().map_err(SnapshotError::Damaged)?;
        Ok(machine)
    }

    /// Handles an entry of the log, unless it was handled before; says whether it did.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Gap`] where entries before it are missing; nothing has happened then.
    pub fn apply(&mut self, entry: Entry, effects: &mut Vec<Effect>) -> Result<bool, ReplayError> {
        let expected = self.handled().saturating_add(1);
        if entry.number > expected {
            return Err(ReplayError::Gap { expected, found: entry.number });
        }
        let is_new = entry.number == expected;
        if is_new {
            self.handle(entry.at, entry.input, effects);
        }
        Ok(is_new)
    }

    /// The machine of a log. The effects that came out on the way are pending in it, unless
    /// the log says that they are done.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] where the log cannot be that of a session.
    pub fn replay(start: Start, log: impl IntoIterator<Item = Entry>) -> Result<Self, ReplayError> {
        let mut machine = Self::new(start)?;
        let mut effects = Vec::new();
        for entry in log {
            machine.apply(entry, &mut effects)?;
            effects.clear();
        }
        Ok(machine)
    }
}
