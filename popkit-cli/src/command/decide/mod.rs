//! `popkit pending`, `approve`, `deny`: questions that wait for a person, and their answers.
//!
//! | Room | Holds |
//! |---|---|
//! | `question` | the questions of a session that are open, and which one is meant |
//! | `ruling` | writing a decision down, and waiting until it has taken effect |
//! | `given` | decisions that were made before |

mod given;
mod question;
mod ruling;

pub(super) use question::{Question, questions};
pub(crate) use ruling::{RuleArgs, approve, deny};
