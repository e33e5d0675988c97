//! A `redis-server` of this machine.
//!
//! | Room | Holds |
//! |---|---|
//! | `config` | the text of `redis.conf` |
//! | `users` | the ACL file, and the URLs with the passwords |
//! | `launch` | starting it, until it answers |
//! | `shutdown` | asking it to end, until it has |
//! | `found` | who listens on a port |
//! | `log` | what it has logged |

mod config;
mod found;
mod launch;
mod log;
mod shutdown;
mod users;

pub(super) use found::{Found, look};
pub(super) use launch::launch;
pub(super) use log::tail;
pub(super) use shutdown::shutdown;
