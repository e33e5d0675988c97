//! Words in which every backend says what it can do.

use std::fmt;

/// How far a backend reaches: who can share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reach {
    /// One process.
    Process,
    /// Processes of one host.
    Host,
    /// Every host that reaches the server.
    Network,
}

/// What an acknowledged write survives. Announced, and tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Durability {
    /// Nothing: it ends with the process that keeps it.
    Volatile,
    /// A killed client (class D1).
    Process,
    /// `kill -9` of any process, the server included (class D2).
    CrashSafe,
    /// A power cut (class D3).
    PowerSafe,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Volatile => "volatile",
            Self::Process => "process",
            Self::CrashSafe => "crash-safe",
            Self::PowerSafe => "power-safe",
        })
    }
}

/// How somebody who waits learns of what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Push {
    /// By polling alone.
    Poll,
    /// Pushed within one process, polled across processes.
    InProcess,
    /// Pushed to every process.
    Everywhere,
}
