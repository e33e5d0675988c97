//! Where a session is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use popkit_protocol::Namespace as Names;
use popkit_store::{Opened, SqliteOptions};

use super::SessionSite;
use super::remembered::Remembered;
use crate::context::{Context, StorePlace, is_server, option, shown};
use crate::error::CliError;
use crate::exit::Exit;
use crate::messages::{Address, Scoped};
use crate::state::{Namespace as Room, StateDir, in_url};

/// The room of the session that has no name.
const ROOM: &str = "power";

/// Where a session is: a room of the state directory, or what the options and the
/// environment name. Nothing is made or opened yet.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    room: Room,
    /// The URL of the store, good in every folder; `None`: the room's own file. That of a
    /// server may hold a password.
    store: Option<String>,
    messages: Address,
    names: Names,
}

impl Place {
    /// The session that was asked for. Where no store and no messages are named, it is where
    /// `popkit power start` [remembered](Self::remember) that it chose, else in a room of its
    /// own: that of its name, else `power`.
    ///
    /// # Errors
    ///
    /// A store or messages that no other process could see; a name that is no room's; what is
    /// remembered is damaged.
    pub(crate) fn find(cx: &Context) -> Result<Self, CliError> {
        match Self::remembered(cx)? {
            Some(place) => Ok(place),
            None => Self::named(cx),
        }
    }

    /// The server that was chosen for the session of this name; `None` where something is
    /// named, or nothing is remembered.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub(crate) fn remembered(cx: &Context) -> Result<Option<Self>, CliError> {
        if cx.store_url().is_some() || cx.transport_url().is_some() {
            return Ok(None);
        }
        let room = Self::room_of(cx)?;
        let Some(Remembered { store, transport, session, .. }) = Remembered::read(&room)? else {
            return Ok(None);
        };
        let names = session.map_or_else(Names::unnamed, |session| Names::of(&session));
        let messages = Address::given(cx, &transport)?.with_session(names.clone());
        Ok(Some(Self { room, store: Some(store), messages, names }))
    }

    fn room_of(cx: &Context) -> Result<Room, CliError> {
        let name = cx.session().map_or(ROOM, |session| session.as_str());
        cx.state_dir(&cx.cwd).namespace(name)
    }

    /// The same, whatever is remembered.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub(crate) fn named(cx: &Context) -> Result<Self, CliError> {
        let room = Self::room_of(cx)?;
        let store = cx.store_url().map(|url| absolute(&url, cx)).transpose()?;
        // A room is one session's: its channels need no name.
        let is_room = store.is_none() && cx.transport_url().is_none();
        let names = match cx.session() {
            Some(session) if !is_room => Names::of(session),
            _ => Names::unnamed(),
        };
        let messages = match cx.transport_url() {
            Some(url) => Address::given(cx, url)?,
            None => Address::of_room(cx, &room),
        };
        let messages = messages.with_session(names.clone());
        Ok(Self { room, store, messages, names })
    }

    /// The same session on this server, which is its store and its messages; `root` is with
    /// what the keys of its messages begin, where the URL does not say so.
    ///
    /// # Errors
    ///
    /// A URL that is no server's.
    pub(crate) fn on_server(cx: &Context, url: &str, root: Option<&str>) -> Result<Self, CliError> {
        let url = match root {
            Some(root) if option(url, "root").is_none() => {
                let mark = if url.contains('?') { '&' } else { '?' };
                format!("{url}{mark}root={root}")
            }
            _ => url.to_owned(),
        };
        Self::find(&cx.with_url(&url)?)
    }

    /// Lets the other processes of the project find it where they are told nothing: a server's
    /// URL is kept in its room, for this user alone. The session that was begun last counts.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written or removed.
    pub(crate) fn remember(&self) -> Result<(), CliError> {
        match self.memory() {
            Some(memory) => memory.write(&self.room),
            None => Remembered::forget(&self.room),
        }
    }

    /// Forgets it, where it is this place that is remembered.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or removed.
    pub(crate) fn forget(&self) -> Result<(), CliError> {
        match Remembered::read(&self.room)? {
            Some(there) if Some(&there) == self.memory().as_ref() => Remembered::forget(&self.room),
            _ => Ok(()),
        }
    }

    fn memory(&self) -> Option<Remembered> {
        let store = self.store.clone()?;
        Some(Remembered::new(store, self.messages.url(), self.names.session().cloned()))
    }

    /// The URL of its store, where that is not its room's own file. It may hold a password.
    pub(crate) fn store_url(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// Its room in the state directory. There need not be one.
    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// Where its messages are.
    pub(crate) fn messages(&self) -> &Address {
        &self.messages
    }

    /// Where it is, for people: without secrets.
    pub(crate) fn shown(&self) -> String {
        match &self.store {
            Some(url) => shown(url),
            None => self.room.store_file().display().to_string(),
        }
    }

    /// Variables by which `popkit` in a child finds the same session.
    pub(crate) fn children_env(&self) -> BTreeMap<String, String> {
        let store = self.store.clone().unwrap_or_else(|| self.room.store_url());
        let session = self.names.session().map(ToString::to_string).unwrap_or_default();
        let env = [
            ("POPKIT_STORE", store),
            ("POPKIT_TRANSPORT", self.messages.url()),
            ("POPKIT_STATE_DIR", self.room.state_dir().path().display().to_string()),
            ("POPKIT_PLAN", self.room.name().to_owned()),
            ("POPKIT_SESSION", session),
            // Empty, as if not set: what this process was given is not for its children.
            ("POPKIT_URL", String::new()),
        ];
        env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Opens it, and makes what is missing.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(crate) async fn open_or_make(&self) -> Result<SessionSite, CliError> {
        let opened = match &self.store {
            Some(url) => popkit_store::open(url).await?,
            None => {
                self.room.create()?;
                // Not by URL: a path may have a `?` in it, and need not be text.
                let file = self.room.store_file();
                let opened = SqliteOptions::new(&file).open().await;
                let store = opened.map_err(|error| CliError::from(error).at(file.display()))?;
                Opened::of(&store)
            }
        };
        let documents = Scoped::of(opened.documents, &self.scope());
        Ok(SessionSite::new(opened.tasks, documents, self.messages.clone()))
    }

    /// Opens it; where nothing was ever kept there is nothing to open.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(crate) async fn look(&self) -> Result<Option<SessionSite>, CliError> {
        let file = match &self.store {
            None => Some(self.room.store_file()),
            Some(url) => match StorePlace::of(url) {
                StorePlace::File(file) => Some(file),
                StorePlace::Server(_) | StorePlace::Memory => None,
            },
        };
        if let Some(file) = file {
            let found = file.try_exists();
            let what = format!("cannot look at {}", file.display());
            if !found.map_err(|error| CliError::io(Exit::Data, what, &error))? {
                return Ok(None);
            }
        }
        self.open_or_make().await.map(Some)
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// "Bad data" where nothing was ever kept; those of the store.
    pub(crate) async fn open(&self) -> Result<SessionSite, CliError> {
        self.look().await?.ok_or_else(|| {
            let place = self.shown();
            CliError::data(format!(
                "there is no session here ({place}); `popkit power start` begins one, or name \
                 another with --session NAME or --url URL"
            ))
        })
    }

    /// Before the names of its documents. A room's store, and a session's on a server, have those
    /// of one session alone.
    fn scope(&self) -> String {
        match (&self.store, self.names.session()) {
            (Some(url), Some(session)) if !is_server(url) => format!("{{{session}}}"),
            _ => String::new(),
        }
    }
}

/// The project in which this was started: the root of its git work tree, else the current folder.
pub(crate) fn project(cx: &Context) -> PathBuf {
    let found = StateDir::find(&cx.cwd);
    found.path().parent().unwrap_or(&cx.cwd).to_owned()
}

/// The same URL, good in every folder.
fn absolute(url: &str, cx: &Context) -> Result<String, CliError> {
    if url == "memory:" {
        let message = "--store memory: is seen by one process alone, and agents of a session are \
                       others; use sqlite:PATH, redis://HOST or upstash:";
        return Err(CliError::usage(message));
    }
    let Some(rest) = url.strip_prefix("sqlite:") else { return Ok(url.to_owned()) };
    let (path, options) = rest.split_once('?').map_or((rest, None), |(p, o)| (p, Some(o)));
    // The folder's own characters are no options.
    let path = Path::new(&in_url(&cx.cwd)).join(path).display().to_string();
    Ok(match options {
        Some(options) => format!("sqlite:{path}?{options}"),
        None => format!("sqlite:{path}"),
    })
}

#[cfg(test)]
#[path = "place/tests.rs"]
mod tests;
