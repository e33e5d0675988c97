//! `popkit run`: a plan, on several agents at once, to its end. See `docs/run.md`.
//!
//! | Room | Holds |
//! |---|---|
//! | `args` | the arguments |
//! | `begin` | what comes before anything starts: plan, agents, lock, store, signals |
//! | `reconcile` | the plan held against the tasks that are stored already |
//! | `start`, `flow` | the order of things; one run from its first task to its last |
//! | `tempo` | how often a run looks and tells |
//! | `work`, `criteria` | agents at work; what must hold at the end |
//! | `session` | the run as a power session: phases, agents, end |
//! | `watch` | the tasks as the store's history tells of them, and when to stop |
//! | `tell` | what agents and other programs are told meanwhile |
//! | `show` | what people and programs see meanwhile |
//! | `report` | what came out |
//!
//! Not here: executing tasks (`popkit_coordinator`), looking at them (`popkit task`).

mod args;
mod begin;
mod criteria;
mod flow;
mod reconcile;
mod report;
mod session;
mod show;
mod start;
mod tell;
mod tempo;
mod watch;
mod work;

pub(crate) use args::RunArgs;
pub(crate) use start::run;
