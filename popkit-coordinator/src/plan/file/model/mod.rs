//! What a plan file says, once it is known to be sound.

mod agent;
mod command;
mod plan;
mod retries;
mod task;
mod template;

pub use agent::PlanAgent;
pub use command::Command;
pub use plan::{Criterion, Plan};
pub use retries::{Backoff, Retries};
pub use task::{PlanTask, Work};
pub(crate) use template::PLACEHOLDERS;
pub use template::{Template, TemplateError};
