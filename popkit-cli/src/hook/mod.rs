//! `popkit hook EVENT`: what Claude Code runs at its events.
//!
//! A short process with one JSON object on standard input and at most one on standard output.
//! On a guarded event everything that goes wrong is a denial, exit code 2; elsewhere nothing
//! that goes wrong is in anybody's way. `docs/hooks.md` says it from outside.
//!
//! | Room | Holds |
//! |---|---|
//! | `event` | what happened, and whether it is guarded |
//! | `input` | the object that says it, with its limits |
//! | `answer` | the objects that are answered |
//! | `floor` | the deadline, the catch of panics, and saying one thing once |
//! | `run` | from the event to the exit code |
//! | `session` | the power sessions that are active here |
//! | `config` | what `config.json` says to hooks |
//! | `guard` | PreToolUse |
//! | `check_in` | PostToolUse, SessionStart, UserPromptSubmit, SubagentStop, SessionEnd |
//! | `install` | the configuration that makes Claude Code run all this |

mod answer;
mod check_in;
mod config;
mod event;
mod floor;
mod guard;
mod input;
mod install;
mod run;
mod session;

pub(crate) use install::configuration;
pub(crate) use run::main;
