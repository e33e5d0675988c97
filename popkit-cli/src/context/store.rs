//! Opening the store of a room.

use std::path::{Path, PathBuf};

use popkit_store::{Opened, SqliteOptions};

use super::Context;
use super::url::{connection, is_server, shown};
use crate::error::CliError;
use crate::exit::Exit;
use crate::state::Namespace;

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StorePlace {
    /// In a file.
    File(PathBuf),
    /// On this server: its URL, without secrets.
    Server(String),
    /// Nowhere that another process could look.
    Memory,
}

impl StorePlace {
    /// Where the store of this URL is.
    pub(crate) fn of(url: &str) -> Self {
        if is_server(url) {
            return Self::Server(shown(&connection(url)));
        }
        file_of(url).map_or(Self::Memory, Self::File)
    }
}

impl Context {
    /// Opens the store of a namespace: the one that was asked for, else the namespace's own
    /// file. Makes what is not there.
    pub(crate) async fn open_or_make(&self, namespace: &Namespace) -> Result<Opened, CliError> {
        if let Some(url) = self.store_url() {
            let opened = popkit_store::open(&url).await;
            return opened.map_err(|error| located(error.into(), file_of(&url).as_deref()));
        }
        namespace.create()?;
        // Not by URL: a path may have a `?` in it, and need not be text.
        let file = namespace.store_file();
        let opened = SqliteOptions::new(&file).open().await;
        let store = opened.map_err(|error| located(error.into(), Some(&file)))?;
        Ok(Opened::of(&store))
    }

    /// As [`open_or_make`](Self::open_or_make), but a store that is not there is an error:
    /// looking must not make one.
    pub(crate) async fn open(&self, namespace: &Namespace) -> Result<Opened, CliError> {
        match self.store_place(namespace) {
            StorePlace::File(file) if !is_there(&file)? => Err(self.missing(namespace, &file)),
            _ => self.open_or_make(namespace).await,
        }
    }

    /// Whether the store of a namespace is there, as far as that can be told from outside.
    ///
    /// # Errors
    ///
    /// A folder that must not be looked into.
    pub(crate) fn has_store(&self, namespace: &Namespace) -> Result<bool, CliError> {
        match self.store_place(namespace) {
            StorePlace::File(file) => is_there(&file),
            StorePlace::Server(_) | StorePlace::Memory => Ok(true),
        }
    }

    /// Where the store of a namespace is.
    pub(crate) fn store_place(&self, namespace: &Namespace) -> StorePlace {
        let Some(url) = &self.store else { return StorePlace::File(namespace.store_file()) };
        match StorePlace::of(url) {
            StorePlace::File(file) => StorePlace::File(self.cwd.join(file)),
            other => other,
        }
    }

    fn missing(&self, namespace: &Namespace, file: &Path) -> CliError {
        let mut message = format!("there is no task store yet ({})", file.display());
        let others = namespace.state_dir().rooms().unwrap_or_default();
        if self.store.is_none() && self.plan().is_some() && !others.is_empty() {
            let names: Vec<&str> = others.iter().map(Namespace::name).collect();
            message.push_str(&format!("; there are stores of {}", names.join(", ")));
        }
        message.push_str("; `popkit task add` and `popkit run` make one");
        CliError::data(message)
    }
}

/// Whether a file is there; that this must not be known is an error of its own.
fn is_there(file: &Path) -> Result<bool, CliError> {
    let found = file.try_exists();
    found.map_err(|e| CliError::io(Exit::Data, format!("cannot look at {}", file.display()), &e))
}

/// The file that a `sqlite:` URL names.
pub(crate) fn file_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let file = rest.split('?').next().unwrap_or(rest);
    // Without a path the backend takes its own default, which need not be there.
    if file.is_empty() {
        return None;
    }
    // The backend's own reading, which knows what was escaped.
    Some(file.parse::<SqliteOptions>().map_or_else(|_| file.into(), |options| options.path))
}

/// The error with the file it is about, where it does not say so itself.
fn located(error: CliError, file: Option<&Path>) -> CliError {
    match file {
        Some(file) if !error.message.contains(&*file.to_string_lossy()) => error.at(file.display()),
        _ => error,
    }
}
