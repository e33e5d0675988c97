//! Redis: a server of the bench's own, loads on it, and their floors.
//!
//! | Room | Holds |
//! |---|---|
//! | `server` | the server, and what it counts |
//! | `pin` | server and client on a processor each |
//! | `floor` | the same calls without popkit, through the same client library |
//! | `hand_over` | one way from client to client: floors, and the pickup of a parked agent |
//! | `drain` | workers that complete and claim, with what the server spent and was sent |
//! | `idle` | what a parked agent costs |

mod drain;
mod floor;
mod hand_over;
mod idle;
mod pin;
mod server;

pub use drain::{Drain, Drained, drain};
pub use floor::Floor;
pub use hand_over::pickup;
pub use idle::{Idle, idle};
pub use pin::Pinned;
pub use server::{Server, Stats};
