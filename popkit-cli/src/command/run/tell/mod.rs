//! What a run tells others while it works: news of its tasks, results, heartbeats, progress.
//!
//! Nobody waits for it: a message that cannot be published is told once and stops nothing.
//!
//! | Room | Holds |
//! |---|---|
//! | `voice` | [`Voice`]: beginning, and catching up at the end |
//! | `news` | every event of every task, from the store's history |
//! | `results` | a `RESULT` beside the news that a task has ended |
//! | `beat` | heartbeats of the agents, and how far the plan is |
//! | `failures` | what could not be told |

mod beat;
mod failures;
mod news;
mod results;
mod voice;

pub(super) use beat::{HELD, named};
pub(super) use voice::Voice;
