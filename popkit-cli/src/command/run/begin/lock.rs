//! One run at a time per state.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::process;

use popkit_protocol::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::exit::Exit;
use crate::host;

/// The lock of a run, held until it is dropped or the process ends in any way.
#[derive(Debug)]
pub(in super::super) struct RunLock(File);

/// Who holds a lock, for those who want it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    v: u32,
    pid: u32,
    host: String,
    since: Timestamp,
}

impl RunLock {
    /// Takes the lock.
    ///
    /// # Errors
    ///
    /// "Try again later" while another run holds it, with its process and since when.
    pub(in super::super) fn take(
        path: &Path,
        plan: &str,
        now: Timestamp,
    ) -> Result<Self, CliError> {
        let failed = |error: io::Error| CliError::io(Exit::Failed, path.display(), &error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(refuse(&mut file, plan)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let owner = Owner { v: 1, pid: process::id(), host: host::name(), since: now };
        let text = serde_json::to_string(&owner).map_err(|e| failed(e.into()))?;
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{text}").map_err(failed)?;
        Ok(Self(file))
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // Only for whoever reads the file: the lock itself ends with the file.
        let _ = self.0.set_len(0);
    }
}

fn refuse(file: &mut File, plan: &str) -> CliError {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(4096).read_to_string(&mut text));
    let owner = read.ok().and_then(|_| serde_json::from_str::<Owner>(&text).ok());
    let who = owner.map_or_else(
        || "another process".to_owned(),
        |Owner { pid, host, since, .. }| format!("process {pid} on {host} since {since}"),
    );
    CliError::new(
        Exit::TryAgain,
        format!("plan {plan} is being run by {who}; wait for its end, or stop it"),
    )
}
