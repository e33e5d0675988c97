//! An agent of a plan.

use std::collections::BTreeMap;
use std::path::PathBuf;

use popkit_protocol::{AgentId, Capability, TaskKind};

use super::Template;
use crate::plan::file::place::Place;

/// Who executes tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanAgent {
    /// Its name, unique in the plan.
    pub id: AgentId,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// The kinds of task it takes; empty for all.
    pub kinds: Vec<TaskKind>,
    /// How many tasks it executes at once, 1 to 256.
    pub slots: u16,
    /// How it executes a prompt; an agent without executes commands only.
    pub command: Option<Template>,
    /// Variables of its processes.
    pub env: BTreeMap<String, String>,
    /// Where its processes run, relative to the plan's folder.
    pub dir: Option<PathBuf>,
    pub(crate) place: Place,
}
