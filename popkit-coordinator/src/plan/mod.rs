//! Plans: what is to be done, as people write it down.
//!
//! A plan is data: an objective, success criteria, phases, agents and tasks. [`Plan::load`]
//! reads one from a TOML, YAML or JSON file and checks everything that can be checked
//! without running it; [`check_environment`] looks at directories and programs.
//!
//! Not in this room: running a plan, and storing its tasks.

pub mod file;
mod graph;
mod task_graph;

pub use file::{
    Backoff, Command, Criterion, Format, Plan, PlanAgent, PlanError, PlanIssue, PlanTask, Retries,
    Template, TemplateError, Work, check_environment,
};
pub use graph::{GraphError, tasks_of, tasks_within};
pub(crate) use task_graph::phase_of;
pub use task_graph::{TaskGraph, TaskGraphError};
