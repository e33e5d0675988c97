//! The entry point for running a child.

use std::future::Future;

use super::error::ProcessError;
use super::outcome::Finished;
use super::spec::{ChildSpec, ShimCommand};

/// Runs commands as child processes that cannot outlive it.
///
/// Holds no process: one runner serves any number of runs at a time.
#[derive(Debug, Clone)]
pub struct Runner {
    shim: ShimCommand,
}

impl Runner {
    /// A runner that starts its children through `shim`.
    ///
    /// A relative path is resolved against the present working directory, so
    /// that it stays valid for a child with a directory of its own.
    #[must_use]
    pub fn new(mut shim: ShimCommand) -> Self {
        // A bare name stays as it is: it is looked up on PATH.
        if shim.program.components().count() > 1
            && let Ok(absolute) = std::path::absolute(&shim.program)
        {
            shim.program = absolute;
        }
        Self { shim }
    }

    /// Runs one command to its end and reports how it ended.
    ///
    /// Returns when the command and everything left in its process group has
    /// been stopped. When the timeout passes or `cancel` completes, the group
    /// gets SIGTERM, then `spec.grace` to end, then SIGKILL. Processes in the
    /// group that are still there when the command itself has ended normally
    /// get SIGKILL at once. Output is read for half a second beyond that at
    /// most, in case a process outside of the group holds a stream open.
    ///
    /// Must run within a tokio runtime with time and I/O enabled. Looks up
    /// the directory and the command in the file system, which blocks for as
    /// long as a few `stat` calls do.
    ///
    /// # Errors
    ///
    /// [`ProcessError::EmptyCommand`], [`ProcessError::MissingDirectory`],
    /// [`ProcessError::CommandNotFound`] or [`ProcessError::NotExecutable`]
    /// if the command cannot be started as given (nothing was started then);
    /// [`ProcessError::Spawn`] if the shim cannot be started;
    /// [`ProcessError::Wait`] if its end cannot be observed;
    /// [`ProcessError::Unsupported`] on systems other than Unix. A command
    /// that fails is not an error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the group as `cancel` does, but without
    /// waiting for it: the lifeline closes and the shim, on its own, sees to
    /// SIGTERM, the grace period and SIGKILL. The captured output is lost.
    pub async fn run<C>(&self, spec: ChildSpec, cancel: C) -> Result<Finished, ProcessError>
    where
        C: Future<Output = ()> + Send,
    {
        #[cfg(unix)]
        {
            super::supervise::supervise(&self.shim, spec, cancel).await
        }
        #[cfg(not(unix))]
        {
            drop((spec, cancel));
            std::future::ready(Err(ProcessError::Unsupported)).await
        }
    }
}
