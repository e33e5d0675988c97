//! What a URL names: a Redis server, a REST service, or the embedded backends. How it stands and whether it
//! works. What `popkit backend`, `popkit redis` and `popkit doctor` share.
//!
//! | Room | Holds |
//! |---|---|
//! | `target` | what is looked at: from the command line, the environment, or the room |
//! | `server` | what a Redis server tells of itself |
//! | `upstash` | what a REST service tells of itself, and what it costs |
//! | `exercise` | the checks that a server works |
//! | `embedded` | the same for stores and transports without a server |
//! | `check` | one thing that was looked at, and the line that tells it |
//! | `error` | errors of Redis, with their exit codes |
//! | `tls` | what TLS needs once per process |

mod check;
mod embedded;
mod error;
pub(crate) mod exercise;
pub(crate) mod server;
mod target;
pub(crate) mod tls;
pub(crate) mod upstash;

pub(crate) use check::{Check, Verdict, show, worst};
pub(crate) use embedded::Embedded;
pub(crate) use server::Server;
pub(crate) use target::{Part, Service, Source, Targets};
