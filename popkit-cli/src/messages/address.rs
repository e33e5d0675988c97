//! Where messages are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use popkit_protocol::Namespace as Session;
use popkit_transport::{ErrorKind, FileOptions, Transport};
use sha2::{Digest as _, Sha256};

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
            None => Ok(Self::of_room(cx, &cx.selected()?)),
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

    /// What tells this place from others in a store that serves several; empty in a room's own
    /// store for its own messages, which move together.
    pub(crate) fn scope(&self, is_own_store: bool) -> String {
        if is_own_store && !self.is_given() {
            return String::new();
        }
        let folder = self.folder();
        let real = real(&folder);
        let digest = Sha256::digest(real.as_os_str().as_encoded_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Opens it, and makes what is missing.
    ///
    /// # Errors
    ///
    /// Those of the folder: damaged, somebody else's, not ours to write.
    pub(crate) async fn open_or_make(&self) -> Result<Arc<dyn Transport>, CliError> {
        if let Place::Room(room) = &self.place {
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
                // The URL was read before: it is the folder that is wrong.
                let is_data = error.kind() == ErrorKind::InvalidConfig;
                let mut error = CliError::from(error);
                if is_data {
                    error.code = Exit::Data;
                }
                Err(error)
            }
        }
    }

    /// As [`open_or_make`](Self::open_or_make), for a reader: a folder that nobody named must
    /// be there, or it would wait in a place where nobody sends.
    pub(crate) async fn open(&self, cx: &Context) -> Result<Arc<dyn Transport>, CliError> {
        let is_named = self.is_given() || cx.plan().is_some();
        if is_named || self.exists() {
            return self.open_or_make().await;
        }
        let folder = self.folder();
        Err(CliError::data(format!(
            "there are no messages yet ({}); `popkit send` and `popkit run` make the folder, or \
             name whose messages with --plan NAME",
            folder.display()
        )))
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
        Some(above.canonicalize().ok()?.join(rest))
    });
    there.unwrap_or_else(|| folder.to_owned())
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
        assert_eq!(one.scope(true).len(), 16);
        assert_ne!(one.scope(true), other.scope(true));
        let dotted = given("file:/tmp/../tmp/a").unwrap();
        assert_eq!(dotted.scope(false), given("file:/tmp/a").unwrap().scope(false));
    }
}
