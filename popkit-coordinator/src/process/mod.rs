//! One task as one child process, with nothing left behind.
//!
//! [`Runner::run`] starts a command, feeds it its input, captures a bounded
//! part of what it prints and says how it ended. Whatever happens to the
//! command, to the future or to the process that polls it, the whole tree of
//! processes is stopped:
//!
//! ```text
//! runner ──stdin (the lifeline)──▶ shim ──stdin──▶ command ──▶ its children
//!    ▲                              └─────────── one process group ────────┘
//!    └──────────── stdout, stderr (inherited through the shim) ────────────┘
//! ```
//!
//! The *shim* is the caller's own program started again (see [`ShimCommand`]
//! and [`shim_main`]). It leads a process group of its own and holds the read
//! end of a pipe, the *lifeline*, of which only the runner has the write end.
//! The kernel closes that end when the runner ends in any way, `kill -9`
//! included, and then the shim stops the group: SIGTERM, the grace period,
//! SIGKILL. If the shim itself is killed, the runner sweeps the group.
//!
//! Out of reach are processes that leave the group on purpose (`setsid`, a
//! job-control shell) and a shim and runner that are both killed with SIGKILL
//! at the same moment.
//!
//! On systems other than Unix everything compiles and [`Runner::run`] answers
//! [`ProcessError::Unsupported`].

// Without process groups nothing below `run` is reachable, but it still has to
// compile; gating every item separately would hide real dead code on Unix.
#![cfg_attr(not(unix), allow(dead_code))]

mod capture;
#[cfg(unix)]
mod check;
mod error;
#[cfg(unix)]
mod group;
mod outcome;
mod runner;
mod shim;
mod spec;
#[cfg(unix)]
mod supervise;

pub use error::ProcessError;
pub use outcome::{Captured, Exit, Finished};
pub use runner::Runner;
pub use shim::shim_main;
pub use spec::{ChildSpec, LineHook, ShimCommand, Stream};
