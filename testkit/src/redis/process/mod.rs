//! Processes of Redis: finding the programs, reserving ports, starting and ending a server.

mod instance;
mod leash;
mod port;
mod program;
mod running;

pub(super) use instance::{Instance, base, quoted, word};
pub(super) use port::Port;
pub(super) use program::openssl;
