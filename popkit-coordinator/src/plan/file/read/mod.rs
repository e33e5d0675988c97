//! The tree into drafts: keys, types and values, each task and agent for itself.

mod agent;
mod command;
mod criterion;
mod defaults;
mod draft;
mod field;
mod plan;
mod report;
mod table;
mod task;

pub(crate) use draft::{AgentDraft, Draft, NeedDraft, TaskDraft};
pub(crate) use plan::plan;
pub(crate) use report::Report;
