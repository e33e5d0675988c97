//! The seam between the dialect and the ways of talking to a server. The wires themselves are
//! not here: see `resp`.

mod capability;
mod counters;
mod notice;
mod seam;

pub use capability::WireCapabilities;
pub use counters::Counters;
#[cfg(feature = "resp")]
pub(crate) use counters::Tally;
pub use notice::{Notice, Topics};
pub use seam::{Dedicated, Listener, Wire};
