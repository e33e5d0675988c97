//! A double of the Upstash REST API over a real Redis server.
//!
//! It shares no code with what it tests: HTTP is axum's, RESP its own, and it knows nothing of
//! popkit's crates.
//!
//! | Room | Holds |
//! |---|---|
//! | `handle`, `options`, `tokens`, `tally`, `seen` | what a test sees |
//! | `server`, `backend`, `replica`, `sync` | the thread, the servers behind, who answers |
//! | `http/` | requests, routes, forms of answers |
//! | `run/` | commands: refused, limited, counted, run |
//! | `feed/` | streams of events |
//! | `faults/` | what is to go wrong |
//! | `resp/` | RESP2 over a socket |

mod backend;
mod faults;
mod feed;
mod handle;
mod http;
mod options;
mod replica;
mod resp;
mod run;
mod seen;
mod server;
mod sync;
mod tally;
mod tokens;

pub use faults::{Fault, Faults, StreamFault};
pub use handle::UpstashDouble;
pub use options::{Broken, UpstashOptions};
pub use seen::SeenRequest;
