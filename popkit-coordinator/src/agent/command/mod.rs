//! Tasks as child processes.
//!
//! A [`CommandAgent`] executes tasks of two kinds: [`KIND_COMMAND`], which bring a command,
//! and [`KIND_PROMPT`], which bring words for the agent's own command template. Each attempt
//! is one process group that never outlives its runner.
//!
//! # What the child gets
//!
//! The task as JSON on its standard input, and these variables:
//!
//! | Variable | Value |
//! |---|---|
//! | `POPKIT_TASK_ID`, `POPKIT_TASK_TITLE` | the task |
//! | `POPKIT_ATTEMPT`, `POPKIT_FENCE` | the attempt, and the number that refuses older ones |
//! | `POPKIT_AGENT` | the agent's name |
//! | `POPKIT_RESULT_FILE` | where it may write its result, as JSON of at most 128 KiB |
//! | `POPKIT_CHECKPOINT_FILE` | a file with the checkpoint of an earlier attempt, where there is one |
//! | `POPKIT_CHECKPOINT` | the checkpoint itself, where it has at most 32 KiB |
//!
//! Other variables are inherited, but for those that begin with `POPKIT_`: where the runner
//! is a task itself, they are about that. `POPKIT_LOG` stays. No word of the command and no
//! variable may have more than 120 KiB, close below what Linux takes; the attempt fails then.
//!
//! # How it ends
//!
//! Exit code 0 is done. 75 (try again later) gives the task back for a short while without
//! counting the attempt; every other end is a failed attempt. What it printed is kept, the
//! beginning and the end of each stream.

mod environment;
mod execute;
mod payload;
mod result;

pub(crate) use environment::{check as check_environment, foreign};
pub use execute::{CommandAgent, OutputHook};
pub use payload::{CommandTask, KIND_COMMAND, KIND_PROMPT, Run};
pub use result::CommandResult;
pub(crate) use result::{failure, read as read_result, shorten};
