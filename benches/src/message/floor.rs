//! The floors: what the same writes and wake-ups cost without popkit, in the same run.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::SIZE;
use crate::Failure;
use crate::load::Measured;
use crate::peer::Peer;

/// Bytes of a message in a segment: its head, its stamp, its payload.
const RECORD: usize = 54 + SIZE;

/// Appends a message's bytes to a file `times` over, and syncs after each where `synced`.
///
/// # Errors
///
/// Those of the file system.
pub fn append(folder: &Path, synced: bool, times: usize) -> Result<Measured, Failure> {
    let path = folder.join("append");
    let mut file = File::create(&path)?;
    let found = measure(times, || {
        file.write_all(&[b'x'; RECORD])?;
        if synced {
            file.sync_data()?;
        }
        Ok(())
    })?;
    std::fs::remove_file(path)?;
    Ok(found)
}

/// Says a line to a process that says it back, `times` over: two wake-ups.
///
/// # Errors
///
/// It ended.
pub fn round_trip(echo: &mut Peer, times: usize) -> Result<Measured, Failure> {
    measure(times, || {
        echo.say("x")?;
        echo.hear().map(|_| ())
    })
}

fn measure(
    times: usize,
    mut once: impl FnMut() -> Result<(), Failure>,
) -> Result<Measured, Failure> {
    let mut histogram = Histogram::new(3)?;
    let mut spent = Duration::ZERO;
    for _ in 0..times {
        let begun = Instant::now();
        once()?;
        let took = begun.elapsed();
        spent += took;
        histogram.record(u64::try_from(took.as_nanos())?)?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = times as f64 / spent.as_secs_f64();
    Ok(Measured { histogram, per_second })
}

#[cfg(target_os = "linux")]
pub use self::notice::Watched;

#[cfg(target_os = "linux")]
mod notice {
    use std::fs::File;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::FileExt as _;
    use std::path::Path;

    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

    use super::SIZE;
    use crate::Failure;

    /// A file that another process appends to, and the system's notices of that.
    #[derive(Debug)]
    pub struct Watched {
        file: File,
        notices: OwnedFd,
        read: u64,
    }

    impl Watched {
        /// Watches this file, which is there.
        ///
        /// # Errors
        ///
        /// Those of the file system.
        pub fn open(path: &Path) -> Result<Self, Failure> {
            let notices = init(CreateFlags::CLOEXEC)?;
            add_watch(&notices, path, WatchFlags::MODIFY)?;
            Ok(Self { file: File::open(path)?, notices, read: 0 })
        }

        /// Sleeps until there is another message in the file, and reads it.
        ///
        /// # Errors
        ///
        /// Those of the file system.
        pub fn read_next(&mut self) -> Result<Vec<u8>, Failure> {
            let mut message = vec![0; SIZE];
            let mut buffer = [MaybeUninit::uninit(); 512];
            // A notice may come late, for a message that was read already.
            while self.file.metadata()?.len() < self.read + SIZE as u64 {
                Reader::new(&self.notices, &mut buffer).next()?;
            }
            self.file.read_exact_at(&mut message, self.read)?;
            self.read += SIZE as u64;
            Ok(message)
        }
    }
}
