//! What an agent does in its session.
//!
//! | Room | Holds |
//! |---|---|
//! | `next` | being told what to do, saying that it is done |
//! | `check_in` | checking in, now and then by itself |
//! | `insight` | sharing and pulling insights |
//! | `barrier` | standing at barriers |
//! | `talk` | questions to other agents, and answers |
//! | `decide` | questions to a person |
//! | `report` | what came out, what it cost |
//! | `stream` | the output of a tool while it is written |
//! | `attend` | what a worker owes a session beside its tasks |

mod attend;
mod barrier;
mod check_in;
mod decide;
mod insight;
mod next;
mod report;
mod stream;
mod talk;

pub use check_in::CheckIn;
pub use stream::ToolStream;
