//! Plan files.
//!
//! | Key | Holds |
//! |---|---|
//! | `name` | an id; the file's stem when absent |
//! | `objective` | what the plan is for (required) |
//! | `success` | commands that must succeed at the end: a string, or `{name, command, dir, timeout}` |
//! | `phases` | names in order; with phases every task names one |
//! | `agents` | `{name, capabilities, kinds, slots, command, env, dir}` |
//! | `tasks` | `{id, title, description, phase, needs, tags}`, `command` or `prompt`, and the keys of `defaults` |
//! | `defaults` | `{timeout, retries, env, dir, priority, capabilities}` of every task |
//!
//! A `command` is a string for `sh -c` or a list of arguments. An agent's `command` is a
//! [`Template`] and executes tasks that have a `prompt`. A need is an id or
//! `{task, on_failure}`, where `on_failure` is `block`, `cancel`, `run` or `ignore`
//! ([`EdgePolicy`](popkit_protocol::EdgePolicy)). A task's own key replaces the default,
//! except that `env` is joined name by name. `retries` is a number, or
//! `{max, backoff, delay, max_delay}`. Times are written `90s`, `1h30m`, `250ms`, or as
//! seconds. Paths are relative to [`Plan::base_dir`].
//!
//! Every format becomes one tree of values with places (`syntax`), one reader turns the
//! tree into drafts (`read`), and the drafts are held against each other (`rules`).
//! All of a file's errors are reported, each in one line; only an error of syntax hides
//! the others. YAML aliases, merge keys and tags (but `!!str`) are refused.
//!
//! ```
//! use std::path::Path;
//! use popkit_coordinator::plan::{Format, Plan};
//!
//! let text = r#"
//! objective = "Ship it"
//! [[tasks]]
//! id = "build"
//! comand = "make"
//! "#;
//! let error = Plan::parse(text, Format::Toml, Path::new("plan.toml")).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     r#"plan.toml:5:1: unknown key "comand" in task "build" (did you mean "command"?)"#,
//! );
//! ```

mod check;
mod error;
mod format;
mod load;
mod model;
mod place;
mod read;
mod rules;
mod syntax;

#[cfg(test)]
mod tests;

pub use check::check_environment;
pub use error::{PlanError, PlanIssue};
pub use format::Format;
pub use model::{
    Backoff, Command, Criterion, Plan, PlanAgent, PlanTask, Retries, Template, TemplateError, Work,
};
pub(super) use place::Place;
