//! The envelope: who sends what to whom, and for how long it counts.
//!
//! | Room | Holds |
//! |---|---|
//! | `record` | [`Envelope`] |
//! | `party` | [`Party`]: who sends and receives |
//! | `route` | on which channel a message goes |
//! | `wire` | the eight keys |

mod party;
mod record;
mod route;
mod wire;

pub use party::Party;
pub use record::Envelope;
