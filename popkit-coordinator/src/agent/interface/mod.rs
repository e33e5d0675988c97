//! The interface agent: what people see and say.
//!
//! | Room | Holds |
//! |---|---|
//! | `setup` | [`InterfaceAgent`] |
//! | `command` | [`Command`]: what can be asked for, and how it is written |
//! | `route` | from a line to its [`Answer`] |
//! | `look` | status, lists, one task, the last events |
//! | `act` | making and changing tasks |
//! | `hear` | what is heard on the channels |
//! | `answer` | what a person gets, as text and as data |
//! | `text` | texts for people |
//!
//! ```
//! use std::sync::Arc;
//!
//! use popkit_coordinator::agent::interface::InterfaceAgent;
//! use popkit_store::MemoryStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let desk = InterfaceAgent::new("desk", Arc::new(MemoryStore::new()))?;
//! let made = desk.answer("create Fix the parser --id fix-1 --kind fix --priority 9").await?;
//! assert_eq!(made.text, "created task fix-1: ready for an agent with kind=fix");
//!
//! let status = desk.answer("status").await?;
//! assert!(status.text.starts_with("tasks: 1 in all, 0% ended\n  1 ready"));
//!
//! let mistake = desk.answer("cancle fix-1").await.unwrap_err();
//! assert_eq!(mistake.to_string(), r#"unknown command "cancle" (did you mean "cancel"?)"#);
//! assert_eq!(desk.answer("cancel fix-1").await?.text, "task fix-1 is cancelled now");
//! # Ok(())
//! # }
//! ```

mod act;
mod answer;
mod command;
mod error;
mod hear;
mod look;
mod route;
mod setup;
mod text;

pub use answer::{ActivityEntry, Answer, AnswerData, TaskLine, TaskList, TaskSummary};
pub use command::{Command, CommandError, CreateTask, TaskFilter};
pub use error::InterfaceError;
pub use hear::{HeardInsight, HeardPlan, Question};
pub use look::{AgentLoad, StatusReport};
pub use setup::InterfaceAgent;
