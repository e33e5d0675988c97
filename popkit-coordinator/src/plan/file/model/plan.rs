//! A whole plan.

use std::path::PathBuf;
use std::time::Duration;

use super::{Command, PlanAgent, PlanTask};
use crate::plan::file::place::Place;

/// A plan whose parts fit together: ids are unique, needs exist and make no cycle, phases
/// are kept, and every task has an agent that can serve it (unless no agents are listed).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The plan's name, an id.
    pub name: String,
    /// What the plan is for.
    pub objective: String,
    /// What must hold at the end.
    pub success: Vec<Criterion>,
    /// The phases in order; empty when the plan has none.
    pub phases: Vec<String>,
    /// The agents; empty when the runner is to bring its own.
    pub agents: Vec<PlanAgent>,
    /// The tasks, in the order of the file.
    pub tasks: Vec<PlanTask>,
    /// The folder of the plan file: relative directories start here.
    pub base_dir: PathBuf,
}

/// A command that must succeed once all tasks are done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Criterion {
    /// Its name; the command's text where none is given.
    pub name: String,
    /// The command.
    pub command: Command,
    /// Where it runs, relative to [`Plan::base_dir`]; there itself when absent.
    pub dir: Option<PathBuf>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    pub(crate) place: Place,
}
