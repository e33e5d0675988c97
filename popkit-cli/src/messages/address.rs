//! Where messages are.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use popkit_protocol::Namespace as Session;
use popkit_transport::{ErrorKind, FileOptions, Transport};
use sha2::{Digest as _, Sha256};

use super::{Folders, Looking};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::state::{Namespace, in_url};

/// Where messages are, and whose. Nothing is made or opened yet.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    place: Place,
    /// The names of the channels.
    pub(crate) session: Session,
}

#[derive(Debug, Clone)]
enum Place {
    /// The folder of a room.
    Room(Namespace),
    /// What `--transport` names.
    Given {
        /// The URL, good in every folder.
        url: String,
        folder: PathBuf,
        options: Box<FileOptions>,
    },
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
        let Some(rest) = url.strip_prefix("file:") else { return Err(refuse(url)) };
        let options: FileOptions = rest.parse().map_err(CliError::from)?;
        let (path, rest) = rest.split_once('?').map_or((rest, None), |(p, o)| (p, Some(o)));
        // As the transport reads it.
        let path = path.replace("%3F", "?").replace("%23", "#").replace("%25", "%");
        let folder = cx.cwd.join(path);
        let base = format!("file:{}", in_url(&folder));
        let url = rest.map_or_else(|| base.clone(), |options| format!("{base}?{options}"));
        let place = Place::Given { url, folder, options: Box::new(options) };
        Ok(Self { place, session: session(cx) })
    }

    /// The same names elsewhere.
    pub(crate) fn with_session(self, session: Session) -> Self {
        Self { session, ..self }
    }

    /// The URL, for other processes.
    pub(crate) fn url(&self) -> String {
        match &self.place {
            Place::Room(room) => format!("file:{}", in_url(&room.messages())),
            Place::Given { url, .. } => url.clone(),
        }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> PathBuf {
        match &self.place {
            Place::Room(room) => room.messages(),
            Place::Given { folder, .. } => folder.clone(),
        }
    }

    /// Whether `--transport` named it.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self.place, Place::Given { .. })
    }

    /// The room it is in, where it is in one, whoever named it.
    pub(crate) fn room(&self, cx: &Context) -> Option<Namespace> {
        match &self.place {
            Place::Room(room) => Some(room.clone()),
            Place::Given { folder, .. } => {
                let room = cx.selected_for_messages().ok()?;
                (real(&room.messages()) == real(folder)).then_some(room)
            }
        }
    }

    /// What tells this place from others in a store that serves several: the folder, however
    /// it was named. Empty in a room's own store for its own messages, which move together.
    pub(crate) fn scope(&self, store: Option<&Path>) -> String {
        let real_folder = real(&self.folder());
        if store.is_some_and(|store| are_of_one_room(&real(store), &real_folder)) {
            return String::new();
        }
        let real = real_folder;
        let digest = Sha256::digest(real.as_os_str().as_encoded_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Opens it, and makes what is missing.
    ///
    /// # Errors
    ///
    /// Those of the folder: damaged, somebody else's, not ours to write.
    pub(crate) async fn open_or_make(&self) -> Result<Arc<dyn Transport>, CliError> {
        if let Place::Room(room) = &self.place
            && !self.exists()
        {
            room.create()?;
        }
        let options = match &self.place {
            // Not by URL: a path need not be text.
            Place::Room(room) => FileOptions::new(room.messages()),
            Place::Given { options, .. } => (**options).clone(),
        };
        match options.open().await {
            Ok(transport) => Ok(Arc::new(transport)),
            Err(error) => {
                // What is wrong with a folder begins with its path, what is wrong with an option
                // with its name.
                let is_data = error.kind() == ErrorKind::InvalidConfig
                    && Path::new(error.message()).is_absolute();
                let mut error = CliError::from(error);
                if is_data {
                    error.code = Exit::Data;
                }
                Err(error)
            }
        }
    }

    /// As [`open_or_make`](Self::open_or_make), for a reader: a folder that nobody named must
    /// be there, or it would wait in a place where nobody sends; and so must a room that is
    /// named, for its name may be a slip.
    pub(crate) async fn open(&self, cx: &Context) -> Result<Arc<dyn Transport>, CliError> {
        match &self.place {
            Place::Room(room) if !self.exists() => {
                let is_sure = cx.is_plan_file() || (cx.plan().is_some() && room.is_used());
                if is_sure { self.open_or_make().await } else { Err(self.missing(cx, room)) }
            }
            _ => self.open_or_make().await,
        }
    }

    /// Opens it to look at what is there: nothing is made.
    ///
    /// # Errors
    ///
    /// Also where there are no messages.
    pub(crate) async fn open_to_look(&self, cx: &Context) -> Result<Arc<dyn Transport>, CliError> {
        if self.exists() {
            let folders = Folders::of(self.folder());
            return Ok(Arc::new(Looking::new(self.open_or_make().await?, folders)));
        }
        Err(match &self.place {
            Place::Room(room) => self.missing(cx, room),
            Place::Given { folder, .. } => {
                CliError::data(format!("there are no messages yet ({})", folder.display()))
            }
        })
    }

    fn missing(&self, cx: &Context, room: &Namespace) -> CliError {
        let (name, folder) = (room.name(), self.folder());
        if cx.plan().is_none() || room.is_used() {
            return CliError::data(format!(
                "there are no messages yet ({}); `popkit send` and `popkit run` make the folder, \
                 or name whose messages with --plan NAME",
                folder.display()
            ));
        }
        let state = room.state_dir();
        let others = state.rooms().unwrap_or_default();
        let names: Vec<&str> = others.iter().map(Namespace::name).collect();
        let known = match names.as_slice() {
            [] => "there are none".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        CliError::data(format!(
            "there is no plan or room {name} in {}: {known}; `popkit run` and `popkit send \
             --plan {name}` make it",
            state.path().display()
        ))
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

    /// Whether the folder is there.
    pub(crate) fn exists(&self) -> bool {
        self.folder().exists()
    }
}

fn session(cx: &Context) -> Session {
    cx.session().map_or_else(Session::unnamed, Session::of)
}

fn refuse(url: &str) -> CliError {
    if url == "memory:" {
        let message = "--transport memory: is seen by one process alone; use file:FOLDER";
        return CliError::usage(message);
    }
    // Only the scheme is shown: the rest of a URL may hold a password.
    let scheme = url.split(':').next().unwrap_or_default();
    CliError::usage(format!("--transport: no transport for {scheme:?}; use file:FOLDER"))
}

/// The path by which a folder is known, whether it is there yet or not.
fn real(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find_map(|above| {
        let rest = folder.strip_prefix(above).ok()?;
        Some((above.canonicalize().ok()?, rest))
    });
    let (mut path, rest) = there.unwrap_or_else(|| (PathBuf::new(), folder));
    // What is not there is no link: its `..` are its names'.
    for part in rest.components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}

/// Whether these are the tasks and the messages of one room.
fn are_of_one_room(store: &Path, messages: &Path) -> bool {
    store.parent() == messages.parent()
        && store.file_name() == Some(OsStr::new("tasks.db"))
        && messages.file_name() == Some(OsStr::new("messages"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Global;

    fn given(url: &str) -> Result<Address, CliError> {
        let mut cx = Context::new(Global::default())?;
        cx.cwd = PathBuf::from("/here");
        Address::given(&cx, url)
    }

    #[test]
    fn a_url_is_good_in_every_folder() {
        let address = given("file:a/b%3F?poll=1s").unwrap();
        assert_eq!(address.url(), "file:/here/a/b%3F?poll=1s");
        assert_eq!(address.folder(), Path::new("/here/a/b?"));
        assert_eq!(given("file:/x").unwrap().url(), "file:/x");
    }

    #[test]
    fn what_nobody_else_sees_is_refused() {
        for (url, says) in [
            ("memory:", "one process alone"),
            ("redis://x", "no transport for \"redis\""),
            ("file:", "no folder"),
            ("file:x?kep_age=1d", "unknown option kep_age"),
        ] {
            let error = given(url).unwrap_err();
            assert_eq!(error.code, Exit::Usage, "{url}");
            assert!(error.message.contains(says), "{}", error.message);
        }
    }

    #[test]
    fn a_place_is_told_from_others() {
        let (one, other) = (given("file:/x/a").unwrap(), given("file:/x/b").unwrap());
        let store = Some(Path::new("/x/tasks.db"));
        assert_eq!(one.scope(store).len(), 16);
        assert_ne!(one.scope(store), other.scope(store));
    }

    #[test]
    fn a_place_is_the_same_however_it_is_named() {
        let scope = |url: &str| given(url).unwrap().scope(None);
        let place = scope("file:/tmp/none/a");
        for url in [
            "file:/tmp/../tmp/none/a",
            "file:/tmp/none/./b/../a/",
            "file:/tmp/none/a?poll=1s&keep_age=1d",
            "file:../tmp/none/a",
        ] {
            assert_eq!(scope(url), place, "{url}");
        }
        // A room's own tasks and messages, whoever names them.
        let messages = given("file:/tmp/none/p/messages").unwrap();
        assert_eq!(messages.scope(Some(Path::new("/tmp/../tmp/none/p/tasks.db"))), "");
        assert_ne!(messages.scope(Some(Path::new("/tmp/none/q/tasks.db"))), "");
    }
}
