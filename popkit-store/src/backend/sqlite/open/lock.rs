//! Writers of several processes take turns.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::thread;
use std::time::Duration;

use crate::{Error, ErrorKind, Result};

/// What a lock file holds once the store beside it was made.
const MARK: &[u8] = b"popkit\n";
/// Tries at short notice, for a peer that is in the middle of a commit.
const EAGER: u32 = 20;
const NAP: Duration = Duration::from_micros(50);
const LONGEST_NAP: Duration = Duration::from_millis(1);

/// The turn to write. SQLite has a lock of its own, but whoever waits for that sleeps and
/// hopes: a busy neighbour starves it. This one is asked for in short intervals.
#[derive(Debug)]
pub(in crate::backend::sqlite) struct Turn {
    file: File,
    patience: Duration,
}

/// The turn, until dropped.
#[derive(Debug)]
pub(in crate::backend::sqlite) struct Taken<'a>(&'a Turn);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        // It cannot fail on a file that is open and locked; closing the file ends the lock too.
        let _ = self.0.file.unlock();
    }
}

impl Turn {
    pub(super) fn new(file: File, patience: Duration) -> Self {
        Self { file, patience }
    }

    /// Waits for the turn.
    ///
    /// # Errors
    ///
    /// `Unavailable` when another process kept it for too long.
    pub(in crate::backend::sqlite) fn take(&self) -> Result<Taken<'_>> {
        let (mut waited, mut nap) = (Duration::ZERO, NAP);
        let mut tries = 0;
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(Taken(self)),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(super::files::refused("lock", error));
                }
            }
            tries += 1;
            if tries < EAGER {
                thread::yield_now();
                continue;
            }
            if waited >= self.patience {
                let message =
                    format!("another process has been writing for {waited:?}; end it or try again");
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            thread::sleep(nap);
            waited += nap;
            nap = (nap * 2).min(LONGEST_NAP);
        }
    }

    /// Takes the turn if it is free.
    pub(in crate::backend::sqlite) fn take_if_free(&self) -> Option<Taken<'_>> {
        self.file.try_lock().ok().map(|()| Taken(self))
    }

    /// Whether a store was made beside this file.
    pub(super) fn is_marked(&self) -> bool {
        self.file.metadata().is_ok_and(|file| file.len() > 0)
    }

    /// Notes that the store was made.
    pub(super) fn mark(&self) -> io::Result<()> {
        if self.is_marked() {
            return Ok(());
        }
        (&self.file).write_all(MARK)
    }
}
