//! The server that a session was begun on, for the other processes of its project.

use popkit_protocol::SessionId;
use serde::{Deserialize, Serialize};

use super::file;
use crate::error::CliError;
use crate::state::Namespace as Room;
use crate::whole;

/// The form that this program knows.
const FORMAT: u32 = 1;

/// What `place.json` in a room says. The URLs may hold a password, so the file is for its
/// owner alone.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    format: u32,
    pub(super) store: String,
    pub(super) transport: String,
    pub(super) session: Option<SessionId>,
}

impl Remembered {
    pub(super) fn new(store: String, transport: String, session: Option<SessionId>) -> Self {
        Self { format: FORMAT, store, transport, session }
    }

    /// What is remembered in this room.
    ///
    /// # Errors
    ///
    /// "Bad data" where it is damaged or of a newer popkit; a file that cannot be read.
    pub(super) fn read(room: &Room) -> Result<Option<Self>, CliError> {
        let place = room.place_file();
        let Some(text) = file::read(&place)? else { return Ok(None) };
        // What the file says may be a secret: no part of it is shown.
        let known = serde_json::from_slice::<Self>(&text).ok().filter(|one| one.format == FORMAT);
        known.map(Some).ok_or_else(|| {
            CliError::data(format!(
                "{} is damaged, or of another popkit; remove it, and name the session with --url \
                 URL",
                place.display()
            ))
        })
    }

    /// Remembers it.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub(super) fn write(&self, room: &Room) -> Result<(), CliError> {
        room.create()?;
        let text = serde_json::to_vec(self)
            .map_err(|error| CliError::failed(format!("cannot write the place: {error}")))?;
        whole::write_private(&room.place_file(), &text)
    }

    /// Forgets what is remembered there.
    ///
    /// # Errors
    ///
    /// Where the file cannot be removed.
    pub(super) fn forget(room: &Room) -> Result<(), CliError> {
        file::remove(&room.place_file())
    }
}
