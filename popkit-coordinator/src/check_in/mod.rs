//! What an agent with hooks tells and is told between two tool calls.
//!
//! Such an agent is not a program of ours: a short process runs at each of its tool calls. What
//! it remembers from call to call is in documents; what it says is a heartbeat, now and then an
//! insight; what it is told is text that a model reads. All of that is here, without I/O.
//!
//! ```
//! use popkit_coordinator::check_in::{Observed, extract};
//! use popkit_protocol::{InsightKind, Json, Object};
//!
//! let input = Object::default().with("command", "cargo test")?;
//! let response = Json::from_text(r#"{"stdout":"error: cannot find crate `serde` in src/net/mod.rs"}"#)?;
//! let call = Observed::new("Bash", input).with_response(response);
//! let found = extract(&call).expect("an error is worth telling");
//! assert_eq!(found.kind, InsightKind::Blocker);
//! assert_eq!(found.tags, ["src", "net", "mod"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Room | Holds |
//! |---|---|
//! | `observed` | [`Observed`]: a tool call that was made |
//! | `extract` | [`extract`]: what it shows that others should know |
//! | `secret` | lines that are not told |
//! | `tag` | the words by which that finds its readers |
//! | `state` | [`HookState`]: the agent's document, in the form of the hook |
//! | `memory` | [`HookMemory`]: what it was told before |
//! | `pull` | [`pull`]: insights that are new to it |
//! | `render` | [`Note`]: the text for the model |

mod extract;
mod memory;
mod observed;
mod pull;
mod render;
mod secret;
mod state;
mod tag;

pub use extract::{Found, extract};
pub use memory::HookMemory;
pub use observed::Observed;
pub use pull::pull;
pub use render::{Note, Standpoint};
pub use state::HookState;
