//! The state directory: `.popkit/`, one room per plan in it.
//!
//! ```text
//! .popkit/            0700, with a .gitignore that hides it from git
//!   NAME/             one plan
//!     tasks.db        its tasks, and how far its agents have read
//!     messages/       its messages, made when the first one is sent
//!     plan.path       the plan's file: another one of that name is refused
//!     run.lock        held by the `popkit run` at work
//!     leases/         tokens of `popkit task claim`, one 0600 file per agent
//!     place.json      0600: the server that `popkit power start` chose, while its session runs
//!     agents.json     0600: with what `popkit power start` started agents, while its session runs
//!     records/        what came in at power sessions, for `popkit power replay`
//!   redis/            the server of `popkit redis start`, if there is one
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use popkit_protocol::{TaskId, id};

use crate::error::CliError;
use crate::exit::Exit;

/// The name of the state directory.
const DIR: &str = ".popkit";

/// The state directory.
#[derive(Debug, Clone)]
pub(crate) struct StateDir {
    path: PathBuf,
}

impl StateDir {
    /// This folder.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// `.popkit` at the root of the git work tree that holds `near`, else in `near` itself.
    pub(crate) fn find(near: &Path) -> Self {
        // The folders above are found by name, so that name must hold no `..`.
        let near = &fs::canonicalize(near).unwrap_or_else(|_| near.to_owned());
        // A linked work tree has a file `.git`, not a folder: either marks a root.
        let root = near.ancestors().find(|dir| dir.join(".git").exists());
        Self { path: root.unwrap_or(near.as_path()).join(DIR) }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the Redis server that `popkit redis start` starts. A plan of that name
    /// shares it; their files differ.
    pub(crate) fn redis(&self) -> PathBuf {
        self.path.join("redis")
    }

    /// Makes it, and these folders in it, for this user alone.
    pub(crate) fn create(&self, inner: &[PathBuf]) -> Result<(), CliError> {
        for dir in std::iter::once(&self.path).chain(inner) {
            private_dir(dir).map_err(|e| {
                let error =
                    CliError::io(Exit::Failed, format!("cannot make {}", dir.display()), &e);
                CliError::new(error.code, format!("{}; choose --state-dir DIR", error.message))
            })?;
        }
        let ignore = self.path.join(".gitignore");
        if !ignore.exists() {
            // Only a convenience; whoever cannot write it can still work.
            let _ = fs::write(ignore, "*\n");
        }
        Ok(())
    }

    /// The room of one plan.
    pub(crate) fn namespace(&self, name: &str) -> Result<Namespace, CliError> {
        // Names of plans have the grammar of ids; it keeps them one plain folder name.
        TaskId::new(name).map_err(|e| {
            let reason = e.reason();
            CliError::usage(format!("{name:?} is no name of a plan: {reason}"))
        })?;
        Ok(Namespace {
            name: name.to_owned(),
            state: self.clone(),
            dir: self.path.join(id::file_name(name)),
        })
    }

    /// The plans that have a task file, by name.
    pub(crate) fn namespaces(&self) -> Result<Vec<Namespace>, CliError> {
        let mut rooms = self.rooms()?;
        rooms.retain(|room| room.store_file().is_file());
        Ok(rooms)
    }

    /// The rooms in use: with tasks, or with messages.
    pub(crate) fn rooms(&self) -> Result<Vec<Namespace>, CliError> {
        let what = format!("cannot read {}", self.path.display());
        let refuse = |e: io::Error| CliError::io(Exit::Failed, &what, &e);
        let entries = match fs::read_dir(&self.path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(refuse)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let folder = entry.map_err(refuse)?.file_name();
            let Some(name) = folder.to_str().and_then(name_of) else { continue };
            let namespace = self.namespace(&name)?;
            if namespace.is_used() {
                found.push(namespace);
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }
}

/// The name behind a folder made by [`id::file_name`]; `None` for any other folder.
fn name_of(folder: &str) -> Option<String> {
    let (lower, capitals) = folder.split_once('+').unwrap_or((folder, ""));
    let mut name = String::new();
    for (i, c) in lower.chars().enumerate() {
        let four = capitals.chars().nth(i / 4);
        let bits = four.map_or(Some(0), |digit| digit.to_digit(16))?;
        name.push(if bits >> (i % 4) & 1 == 1 { c.to_ascii_uppercase() } else { c });
    }
    (TaskId::new(&name).is_ok() && id::file_name(&name) == folder).then_some(name)
}

/// The room of one plan.
#[derive(Debug, Clone)]
pub(crate) struct Namespace {
    name: String,
    state: StateDir,
    dir: PathBuf,
}

impl Namespace {
    /// The plan's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The state directory around it.
    pub(crate) fn state_dir(&self) -> &StateDir {
        &self.state
    }

    /// The file of its tasks.
    pub(crate) fn store_file(&self) -> PathBuf {
        self.dir.join("tasks.db")
    }

    /// The URL of its tasks, for other processes.
    pub(crate) fn store_url(&self) -> String {
        format!("sqlite:{}", in_url(&self.store_file()))
    }

    /// The lock of the `popkit run` at work.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.dir.join("run.lock")
    }

    /// The file that says whose state this is: the path of the plan that was run.
    pub(crate) fn plan_path_file(&self) -> PathBuf {
        self.dir.join("plan.path")
    }

    /// Whether there is anything in it: tasks or messages.
    pub(crate) fn is_used(&self) -> bool {
        self.store_file().is_file() || self.messages().join("transport").is_file()
    }

    /// The folder of its messages.
    pub(crate) fn messages(&self) -> PathBuf {
        self.dir.join("messages")
    }

    /// Where tokens are kept.
    pub(crate) fn leases(&self) -> PathBuf {
        self.dir.join("leases")
    }

    /// Where the coordinators of power sessions record what came in.
    pub(crate) fn records(&self) -> PathBuf {
        self.dir.join("records")
    }

    /// Where the session is, if it is on a server that nobody named.
    pub(crate) fn place_file(&self) -> PathBuf {
        self.dir.join("place.json")
    }

    /// With what the agents of the power session are started.
    pub(crate) fn agents_file(&self) -> PathBuf {
        self.dir.join("agents.json")
    }

    /// Makes the folders, for this user alone.
    pub(crate) fn create(&self) -> Result<(), CliError> {
        self.state.create(&[self.dir.clone(), self.leases()])
    }
}

/// A path as a store URL has it: what would end it there is escaped.
pub(crate) fn in_url(path: &Path) -> String {
    let path = path.display().to_string();
    path.replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

/// Makes a folder that only its owner can enter. One that is there stays as it is.
fn private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_its_name() {
        for name in ["default", "Release.v2", "aBcDeFgHiJ", "x", "ALLCAPS-1"] {
            assert_eq!(name_of(&id::file_name(name)).as_deref(), Some(name));
        }
        for folder in ["", ".gitignore", "Release", "a+0", "a+z", "a+f", "+1"] {
            assert_eq!(name_of(folder), None, "{folder}");
        }
    }
}
