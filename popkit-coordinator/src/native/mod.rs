//! Agents that are commands: background agents as child processes.
//!
//! | Room | Holds |
//! |---|---|
//! | `options` | [`NativeOptions`]: the command and its bounds, [`Restart`]: when it is started again |
//! | `agent` | [`NativeAgent`]: such an agent in a session |
//! | `said` | what was said to it, for its next command |
//! | `waiting` | a job that waits for its turn |
//! | `prompt` | what the command is told |
//! | `child` | one job: the command, until it ends well |
//! | `outcome` | what came out, as a report and insights |
//! | [`files`] | what people see of a native session in files |
//! | `team` | [`Team`]: several programs side by side, started again when they end badly |

mod agent;
mod child;
pub mod files;
mod options;
mod outcome;
mod prompt;
mod said;
mod team;
mod waiting;

pub use agent::NativeAgent;
pub use options::{LineSink, NativeOptions, Restart};
pub use team::{Fate, FateSink, Team};
