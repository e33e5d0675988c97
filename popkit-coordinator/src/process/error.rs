//! Why a child process could not be run.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;

/// Why [`Runner::run`](super::Runner::run) has no outcome to report.
///
/// A command that ran and failed is not an error: see [`Exit`](super::Exit).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The argument vector is empty, so there is no command.
    #[error("the command is empty")]
    EmptyCommand,

    /// The working directory is missing or is not a directory.
    #[error("working directory {dir:?} does not exist or is not a directory")]
    MissingDirectory {
        /// The directory that was asked for.
        dir: PathBuf,
    },

    /// No file of that name was found, directly or on `PATH`.
    #[error("command {command:?} was not found{}", within(dir.as_ref()))]
    CommandNotFound {
        /// The command as given, the first element of the argument vector.
        command: OsString,
        /// The working directory it was looked up from, if one was given.
        dir: Option<PathBuf>,
    },

    /// The command names a file, but not one that may be executed.
    #[error("command {path:?} is not an executable file")]
    NotExecutable {
        /// The file that was found.
        path: PathBuf,
    },

    /// The shim process could not be started.
    #[error("cannot start {program:?} to run the command")]
    Spawn {
        /// The program of the [`ShimCommand`](super::ShimCommand).
        program: PathBuf,
        /// What the operating system said.
        source: Box<dyn Error + Send + Sync>,
    },

    /// The end of the process could not be observed. Its group was killed.
    #[error("cannot wait for the command to end")]
    Wait {
        /// What the operating system said.
        source: Box<dyn Error + Send + Sync>,
    },

    /// This operating system has no process groups to run commands in.
    #[error("running commands is supported on Unix systems only")]
    Unsupported,
}

fn within(dir: Option<&PathBuf>) -> String {
    dir.map(|dir| format!(" (working directory {dir:?})")).unwrap_or_default()
}
