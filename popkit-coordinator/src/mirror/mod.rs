//! The task log, told on channels.
//!
//! A store writes every change of a task as an event, in one step with the change. The
//! [`TaskMirror`] follows these events and publishes each, once, on the five `tasks:*` channels,
//! in the form that the predecessors use there. Nothing is published beside the log and hoped
//! for: whatever is in the log will be told, in its order per channel, also after a crash.
//!
//! | Event | Channel |
//! |---|---|
//! | inserted | `tasks:new`: `task_id`, `title`, `type`, `priority`, `timestamp` |
//! | claimed | `tasks:claimed`: `task_id`, `agent`, `timestamp` |
//! | completed or approved, and the task is done | `tasks:complete`: `task_id`, `result`, `timestamp` |
//! | failed: a dead letter | `tasks:failed`: `task_id`, `error`, `timestamp` |
//! | every other, a cancel included | `tasks:updated`: `task_id`, `status`, `result`, `timestamp` |
//!
//! `status` is the task's state after the event. Times are UTC with microseconds and without a
//! zone, as in the [task JSON](popkit_protocol::compat::autonomous) of the same system. Beside
//! these keys each message has `x_popkit`: the name of the event and its number among the
//! task's events.
//!
//! | Room | Holds |
//! |---|---|
//! | `options` | where and how much |
//! | `place` | what was told, what is about to be, under which numbers |
//! | `replica` | the state of open tasks, replayed |
//! | `message` | which event goes where, and what it says |
//! | `publish` | one round: plan, keep the plan, publish, settle |
//! | `follow` | [`TaskMirror`]: catching up, and staying |

mod error;
mod follow;
mod message;
mod options;
mod place;
mod publish;
mod replica;

pub use error::MirrorError;
pub use follow::TaskMirror;
pub use options::MirrorOptions;
