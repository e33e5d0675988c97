//! The seam between the dialect and the ways of talking to a server. The wires themselves are
//! not here: see `resp` and `rest`.

mod capability;
mod counters;
mod notice;
mod seam;

pub use capability::WireCapabilities;
pub use counters::Counters;
#[cfg(any(feature = "resp", feature = "rest"))]
pub(crate) use counters::Tally;
pub use notice::{Notice, Topics};
pub use seam::{Dedicated, Listener, Wire};
