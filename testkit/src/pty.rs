//! A terminal that is none: a pseudo-terminal pair.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// The side of whoever looks at the terminal, and that of the program that runs on it. It is
/// nobody's controlling terminal.
#[track_caller]
pub(crate) fn pair() -> (File, OwnedFd) {
    match try_pair() {
        Ok(pair) => pair,
        Err(error) => panic!("no pseudo-terminal: {error}"),
    }
}

fn try_pair() -> rustix::io::Result<(File, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let outside = openpt(flags)?;
    grantpt(&outside)?;
    unlockpt(&outside)?;
    let name = ptsname(&outside, Vec::new())?;
    let inside = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    Ok((outside.into(), inside))
}
