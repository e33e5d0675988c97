//! With what the agents of a session are started, for whoever goes on with it.

use std::path::PathBuf;
use std::time::Duration;

use popkit_coordinator::mode::Mode;
use serde::{Deserialize, Serialize};

use super::file;
use crate::error::CliError;
use crate::state::Namespace as Room;
use crate::whole;

/// The form that this program knows.
const FORMAT: u32 = 1;

/// With what `popkit power start` starts the agents of its session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agents {
    /// What each of them runs, word by word.
    pub(crate) command: Vec<String>,
    /// How many there are, 1 to 256.
    pub(crate) count: u32,
    /// The folder in which they work, good everywhere.
    pub(crate) dir: PathBuf,
    /// How often they say that they live, at least a second.
    pub(crate) period: Duration,
    /// How often one that ended badly is started again.
    pub(crate) restarts: u32,
    /// The mode of the session.
    pub(crate) mode: Mode,
}

/// What `agents.json` in a room says: with what the agents of this session were started last.
/// The command may hold a secret, so the file is for its owner alone.
#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    session: String,
    agents: Agents,
}

impl Agents {
    /// Those that are kept in this room, and the id of their session.
    ///
    /// # Errors
    ///
    /// "Bad data" where the file is damaged or of a newer popkit; one that cannot be read.
    pub(crate) fn kept(room: &Room) -> Result<Option<(String, Self)>, CliError> {
        let place = room.agents_file();
        let Some(text) = file::read(&place)? else { return Ok(None) };
        // No part of it is shown, as above.
        let known = serde_json::from_slice::<Kept>(&text).ok();
        let known = known.filter(|kept| kept.format == FORMAT && kept.agents.is_sound());
        known.map(|kept| Some((kept.session, kept.agents))).ok_or_else(|| {
            CliError::data(format!(
                "{} is damaged, or of another popkit; remove it, or say anew what agents run: \
                 `popkit power start --resume --agents N -- COMMAND`",
                place.display()
            ))
        })
    }

    /// Keeps them in this room as those of this session, in place of any other.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub(crate) fn keep(&self, room: &Room, session: &str) -> Result<(), CliError> {
        room.create()?;
        let kept = Kept { format: FORMAT, session: session.to_owned(), agents: self.clone() };
        let text = serde_json::to_vec(&kept).map_err(|error| {
            CliError::failed(format!("cannot write {}: {error}", room.agents_file().display()))
        })?;
        whole::write_private(&room.agents_file(), &text)
    }

    /// Forgets those of this session; those of another one stay.
    ///
    /// # Errors
    ///
    /// As [`kept`](Self::kept); a file that cannot be removed.
    pub(crate) fn forget(room: &Room, session: &str) -> Result<(), CliError> {
        match Self::kept(room)? {
            Some((id, _)) if id == session => file::remove(&room.agents_file()),
            _ => Ok(()),
        }
    }

    fn is_sound(&self) -> bool {
        !self.command.is_empty()
            && (1..=256).contains(&self.count)
            && self.period >= Duration::from_secs(1)
            && self.dir.is_absolute()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;
    use crate::state::StateDir;

    #[test]
    fn they_are_kept_for_their_session_alone_until_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let room = StateDir::at(folder.path().join("s")).namespace("power").unwrap();
        assert_eq!(Agents::kept(&room).unwrap(), None);
        let agents = Agents {
            command: vec!["sh".to_owned(), "a b".to_owned()],
            count: 2,
            dir: folder.path().to_owned(),
            period: Duration::from_secs(1),
            restarts: 0,
            mode: Mode::File,
        };
        agents.keep(&room, "one").unwrap();
        assert_eq!(Agents::kept(&room).unwrap(), Some(("one".to_owned(), agents.clone())));
        Agents::forget(&room, "two").unwrap();
        assert!(room.agents_file().exists());
        Agents::forget(&room, "one").unwrap();
        assert!(!room.agents_file().exists());
        // What starts nobody is no less damaged than half a file.
        Agents { count: 0, ..agents }.keep(&room, "one").unwrap();
        let error = Agents::kept(&room).unwrap_err();
        assert_eq!(error.code, Exit::Data);
        assert!(error.message.contains("agents.json is damaged"), "{error}");
    }
}
