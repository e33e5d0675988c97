//! What is asked for, and what is known of it without opening it.

use std::path::PathBuf;

use popkit_protocol::Namespace as Session;
use popkit_transport::FileOptions;

use super::scope::real;
use crate::context::{Context, is_server, shown};
use crate::error::CliError;
use crate::messages::There;
use crate::state::{Namespace, in_url};

/// Where messages are, and whose. Nothing is made or opened yet.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(super) place: Place,
    /// The names of the channels.
    pub(crate) session: Session,
}

#[derive(Debug, Clone)]
pub(super) enum Place {
    /// The folder of a room.
    Room(Namespace),
    /// A folder that `--transport` names.
    Folder {
        /// The URL, good in every folder.
        url: String,
        folder: PathBuf,
        options: Box<FileOptions>,
    },
    /// A server that `--transport` names: its URL.
    Server(String),
}

impl Address {
    /// What was asked for, else the folder of the room that is selected.
    ///
    /// # Errors
    ///
    /// A transport that no other process could see, or none at all; several rooms, and none
    /// named.
    pub(crate) fn find(cx: &Context) -> Result<Self, CliError> {
        match cx.transport_url() {
            Some(url) => Self::given(cx, url),
            None => Ok(Self::of_room(cx, &cx.selected_for_messages()?)),
        }
    }

    /// The folder of this room.
    pub(crate) fn of_room(cx: &Context, room: &Namespace) -> Self {
        Self { place: Place::Room(room.clone()), session: session(cx) }
    }

    /// What this URL names.
    pub(crate) fn given(cx: &Context, url: &str) -> Result<Self, CliError> {
        if is_server(url) {
            return Ok(Self { place: Place::Server(url.to_owned()), session: session(cx) });
        }
        let Some(rest) = url.strip_prefix("file:") else { return Err(refuse(url)) };
        let options: FileOptions = rest.parse().map_err(CliError::from)?;
        let (path, rest) = rest.split_once('?').map_or((rest, None), |(p, o)| (p, Some(o)));
        // As the transport reads it.
        let path = path.replace("%3F", "?").replace("%23", "#").replace("%25", "%");
        let folder = cx.cwd.join(path);
        let base = format!("file:{}", in_url(&folder));
        let url = rest.map_or_else(|| base.clone(), |options| format!("{base}?{options}"));
        let place = Place::Folder { url, folder, options: Box::new(options) };
        Ok(Self { place, session: session(cx) })
    }

    /// The same names elsewhere.
    pub(crate) fn with_session(self, session: Session) -> Self {
        Self { session, ..self }
    }

    /// The URL, for other processes; that of a server may hold a password.
    pub(crate) fn url(&self) -> String {
        match &self.place {
            Place::Room(room) => format!("file:{}", in_url(&room.messages())),
            Place::Folder { url, .. } | Place::Server(url) => url.clone(),
        }
    }

    /// The same for people, without secrets.
    pub(crate) fn shown(&self) -> String {
        shown(&self.url())
    }

    /// The folder, where they are in one.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Room(room) => Some(room.messages()),
            Place::Folder { folder, .. } => Some(folder.clone()),
            Place::Server(_) => None,
        }
    }

    /// The channels that are there.
    pub(crate) fn there(&self) -> There {
        match self.folder() {
            Some(folder) => There::in_folder(folder),
            None => There::on_server(&self.url()),
        }
    }

    /// Whether somebody named it.
    pub(crate) fn is_given(&self) -> bool {
        !matches!(self.place, Place::Room(_))
    }

    /// The room it is in, where it is in one, whoever named it.
    pub(crate) fn room(&self, cx: &Context) -> Option<Namespace> {
        match &self.place {
            Place::Room(room) => Some(room.clone()),
            Place::Folder { folder, .. } => {
                let room = cx.selected_for_messages().ok()?;
                (real(&room.messages()) == real(folder)).then_some(room)
            }
            Place::Server(_) => None,
        }
    }

    /// The name of the room, where nobody named it and no run or task has used it.
    pub(crate) fn guessed(&self, cx: &Context) -> Option<&str> {
        match &self.place {
            Place::Room(room) if cx.plan().is_none() && !room.store_file().is_file() => {
                Some(room.name())
            }
            _ => None,
        }
    }

    /// Whether there is something to open, as far as that can be told from outside.
    pub(crate) fn exists(&self) -> bool {
        self.folder().is_none_or(|folder| folder.exists())
    }
}

fn session(cx: &Context) -> Session {
    cx.session().map_or_else(Session::unnamed, Session::of)
}

fn refuse(url: &str) -> CliError {
    if url == "memory:" {
        let message = "--transport memory: is seen by one process alone; use file:FOLDER, redis://HOST or upstash:";
        return CliError::usage(message);
    }
    // Only the scheme is shown: the rest of a URL may hold a password.
    let scheme = url.split(':').next().unwrap_or_default();
    let message = format!(
        "--transport: no transport for {scheme:?}; use file:FOLDER, redis://HOST or upstash:"
    );
    CliError::usage(message)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::args::Global;
    use crate::exit::Exit;

    fn given(url: &str) -> Result<Address, CliError> {
        let mut cx = Context::new(Global::default())?;
        cx.cwd = PathBuf::from("/here");
        Address::given(&cx, url)
    }

    #[test]
    fn a_url_is_good_in_every_folder() {
        let address = given("file:a/b%3F?poll=1s").unwrap();
        assert_eq!(address.url(), "file:/here/a/b%3F?poll=1s");
        assert_eq!(address.folder().as_deref(), Some(Path::new("/here/a/b?")));
        assert_eq!(given("file:/x").unwrap().url(), "file:/x");
    }

    #[test]
    fn what_nobody_else_sees_is_refused() {
        for (url, says) in [
            ("memory:", "one process alone"),
            ("postgres://x", "no transport for \"postgres\""),
            ("file:", "no folder"),
            ("file:x?kep_age=1d", "unknown option kep_age"),
        ] {
            let error = given(url).unwrap_err();
            assert_eq!(error.code, Exit::Usage, "{url}");
            assert!(error.message.contains(says), "{}", error.message);
        }
    }

    #[test]
    fn a_server_has_no_folder_and_shows_no_password() {
        let address = given("redis://:hunter2@localhost/2?keep_age=1d").unwrap();
        assert_eq!(address.url(), "redis://:hunter2@localhost/2?keep_age=1d");
        assert_eq!(address.shown(), "redis://localhost:6379/2");
        assert!(address.folder().is_none() && address.exists() && address.is_given());
    }
}
