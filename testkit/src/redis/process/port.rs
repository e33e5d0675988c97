//! Loopback ports that stay a test's own while its server is down.

use std::env;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

/// Where ports are taken from: below those that systems hand out to clients (32768 on Linux, 49152
/// elsewhere), so that no connection takes the port of a server that is about to restart.
const FIRST: u16 = 21_000;
const COUNT: u16 = 2_000;

/// A port that no other test takes, until it is dropped.
///
/// The reservation is a lock on a file, which the system gives back when the process ends.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Reserves a free port.
    ///
    /// # Panics
    ///
    /// When no port is free, or when the folder of the locks cannot be made.
    #[track_caller]
    pub(crate) fn reserve() -> Self {
        let folder = folder();
        if let Err(error) = fs::create_dir_all(&folder) {
            panic!("no folder {} for reserved ports: {error}", folder.display());
        }
        // Begins anywhere, so that tests side by side do not try the same ports in turn.
        let random = RandomState::new().hash_one(()) % u64::from(COUNT);
        let start = u16::try_from(random).unwrap_or(0);
        let numbers = (0..COUNT).map(|step| FIRST + (start + step) % COUNT);
        match numbers.into_iter().find_map(|number| Self::take(&folder, number)) {
            Some(port) => port,
            None => panic!("no free port from {FIRST} to {}", FIRST + COUNT - 1),
        }
    }

    fn take(folder: &Path, number: u16) -> Option<Self> {
        let path = folder.join(number.to_string());
        let lock = File::options().create(true).append(true).open(path).ok()?;
        lock.try_lock().ok()?;
        // A program that knows nothing of the locks may listen there.
        TcpListener::bind(loopback(number)).ok()?;
        Some(Self { number, _lock: lock })
    }

    /// The number.
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// The loopback address with this port.
    pub(crate) fn addr(&self) -> SocketAddr {
        loopback(self.number)
    }
}

fn loopback(number: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, number))
}

/// One folder for all tests of this user; its files are empty, and never more than [`COUNT`].
fn folder() -> PathBuf {
    env::temp_dir().join(format!("popkit-test-ports-{}", geteuid().as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_is_free_and_nobody_elses() {
        let port = Port::reserve();
        assert!(Port::take(&folder(), port.number()).is_none());
        let listener = TcpListener::bind(port.addr()).unwrap();
        assert_eq!(listener.local_addr().unwrap().port(), port.number());
    }

    #[test]
    fn a_port_is_given_back_when_dropped() {
        let scratch = crate::scratch();
        let number = Port::reserve().number();
        let first = Port::take(scratch.path(), number).unwrap();
        assert!(Port::take(scratch.path(), number).is_none());
        drop(first);
        assert!(Port::take(scratch.path(), number).is_some());
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_taken() {
        let scratch = crate::scratch();
        let listener = TcpListener::bind(loopback(0)).unwrap();
        let number = listener.local_addr().unwrap().port();
        assert!(Port::take(scratch.path(), number).is_none());
    }
}
