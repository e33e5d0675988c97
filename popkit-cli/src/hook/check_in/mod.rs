//! PostToolUse, SessionStart, UserPromptSubmit, SubagentStop, SessionEnd: what an agent tells and is told.
//!
//! Nothing here hinders anybody: what goes wrong is a line on standard error.
//!
//! | Room | Holds |
//! |---|---|
//! | `desk` | [`Desk`](desk::Desk): the agent's documents, and what it sends |
//! | `mail` | [`Mail`](mail::Mail): the messages to it, each until it was told |
//! | `tool` | after a tool call |
//! | `arrive` | at the beginning, and with a prompt |
//! | `leave` | at the end |

mod arrive;
mod desk;
mod leave;
mod mail;
mod tool;

pub(super) use arrive::{begins, prompted};
pub(super) use leave::leaves;
pub(super) use tool::tool_used;
