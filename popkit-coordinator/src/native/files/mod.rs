//! Files that mirror a native session for people: what was found, and how far it is.
//!
//! | File | Holds | Its type |
//! |---|---|---|
//! | `.claude/popkit/insights.json` | what agents found | [`InsightsFile`] |
//! | `.claude/popkit/power-state.json` | objective, phases, agents | [`StateFile`] |
//!
//! They are copies: nothing of popkit depends on them. The originals read and write them, too,
//! and so does whoever likes.
//!
//! # What is promised
//!
//! * A file is replaced as a whole, and durable when the call is over. A crash, or a full disk,
//!   leaves the old one or the new one.
//! * Processes of popkit take turns, by a lock on `.NAME.popkit-lock` beside the file. Whoever else
//!   writes is not asked to; a change that is seen before the file is replaced is taken in.
//! * What others wrote is kept: entries of insights in whatever form, until the limit drops
//!   them; keys of either file that popkit does not know.
//! * A file that is no JSON of the documented form is never overwritten. Reading it is an
//!   error; writing moves it aside, to `NAME.unreadable-N`, and says where it is.
//!
//! All of this blocks; call it where that does no harm (`tokio::task::spawn_blocking`).

mod agent_status;
mod entry;
mod error;
mod file_insight;
mod insights_file;
mod power_state;
mod state_file;
mod time;
mod whole;
mod word;

pub use agent_status::AgentStatus;
pub use error::FileError;
pub use file_insight::FileInsight;
pub use insights_file::{InsightsFile, Merged};
pub use power_state::{PowerAgent, PowerState};
pub use state_file::{StateFile, Written};
