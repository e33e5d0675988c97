//! A task of a plan.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use popkit_protocol::{Capability, Need, TaskId};

use super::{Command, Retries};
use crate::plan::file::place::Place;

/// One piece of work. Defaults of the plan are already applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanTask {
    /// Its id, unique in the plan.
    pub id: TaskId,
    /// What people see; the id where none is given.
    pub title: String,
    /// More words about it; may be empty.
    pub description: String,
    /// Its phase, one of [`Plan::phases`](super::Plan::phases); absent when the plan has none.
    pub phase: Option<String>,
    /// What is executed.
    pub work: Work,
    /// The tasks that come first, and what follows when one of them does not end well.
    pub needs: Vec<Need>,
    /// What an agent must be able to do.
    pub capabilities: Vec<Capability>,
    /// 1 to 10, higher first.
    pub priority: u8,
    /// What follows a failure; absent where the plan does not say.
    pub retries: Option<Retries>,
    /// How long one attempt may take; absent where the plan does not say.
    pub timeout: Option<Duration>,
    /// Variables of its process.
    pub env: BTreeMap<String, String>,
    /// Where it runs, relative to the plan's folder.
    pub dir: Option<PathBuf>,
    /// Labels for people and filters.
    pub tags: Vec<String>,
    pub(crate) place: Place,
}

/// What a task executes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// A command of its own.
    Command(Command),
    /// Words for an agent that has a command template.
    Prompt(String),
}
