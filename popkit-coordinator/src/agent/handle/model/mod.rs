//! What an agent is told, and what it says.
//!
//! | Room | Holds |
//! |---|---|
//! | `order` | [`Order`]: one thing that an agent is told |
//! | `work` | [`Work`]: a task that was sent as a message |
//! | `barrier` | [`Barrier`], [`BarrierEnd`] |
//! | `talk` | [`Question`], [`Answer`]: between agents |
//! | `ruling` | [`Ruling`]: what a person decided; [`Ended`]: the session is over |
//! | `report` | [`Report`]: what came out of an agent's work |

mod barrier;
mod order;
mod report;
mod ruling;
mod talk;
mod work;

pub use barrier::{Barrier, BarrierEnd};
pub use order::Order;
pub use report::Report;
pub use ruling::{Ended, Ruling};
pub use talk::{Answer, Question};
pub use work::Work;

pub(super) use talk::REPLY_TO;
