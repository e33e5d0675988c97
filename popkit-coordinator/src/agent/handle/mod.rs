//! The agent's side of a power session.
//!
//! An [`AgentHandle`] is what an agent talks to. It joins, sends heartbeats until it is
//! dropped, says what the agent does and finds, and tells it what to do, one [`Order`] after
//! the other. What an agent may hear twice it hears once: a phase, a barrier, a task, an
//! insight. What it had not finished when it crashed it hears again when it joins again.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use popkit_coordinator::agent::handle::{AgentHandle, AgentOptions, Order, Report};
//! use popkit_coordinator::{AgentError, Post};
//! use popkit_protocol::message::{ObjectiveUpdate, PhaseStart};
//! use popkit_protocol::{
//!     AgentId, Clock as _, Envelope, InsightKind, Message, Namespace, Object, Party, RandomIds,
//!     SystemClock,
//! };
//! use popkit_store::MemoryStore;
//! use popkit_transport::{MemoryTransport, Stamps};
//!
//! /// What an agent does: whatever it is told, until the session is over.
//! async fn work(session: &AgentHandle) -> Result<(), AgentError> {
//!     while let Some(order) = session.next(Duration::from_secs(600)).await? {
//!         match order {
//!             Order::Barrier(barrier) => session.arrive(&barrier).await?,
//!             Order::Phase(phase) => {
//!                 session.touched("src/parser.rs");
//!                 let found = "the parser has two front ends";
//!                 session.share(InsightKind::Discovery, found, ["parser"]).await?;
//!                 session.report(phase.phase_index, Report::done()).await?;
//!             }
//!             Order::Abort(_) | Order::Ended(_) => break,
//!             _ => {}
//!         }
//!     }
//!     session.leave().await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (transport, documents) = (Arc::new(MemoryTransport::new()), Arc::new(MemoryStore::new()));
//! let options = AgentOptions::new(AgentId::new("builder-1")?).with_tags(["parser"]);
//! let session = AgentHandle::join(transport.clone(), documents, options).await?;
//!
//! // In place of a coordinator: a phase, then the end.
//! let post = Post::new(transport, Namespace::unnamed(), Stamps::new(&RandomIds));
//! for update in [
//!     ObjectiveUpdate::Phase(PhaseStart::new("explore", 0)),
//!     ObjectiveUpdate::complete(Object::default()),
//! ] {
//!     let (from, to) = (Party::Coordinator, Party::Everyone);
//!     let message = Message::ObjectiveUpdate(update);
//!     post.send(&Envelope::new(&RandomIds, SystemClock.now(), from, to, message)).await?;
//! }
//! work(&session).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is lost, and what is not
//!
//! | What | When it is handled |
//! |---|---|
//! | an order of [`next`](AgentHandle::next) | when the next one is asked for, or by [`ack`](AgentHandle::ack) |
//! | what [`check_in`](AgentHandle::check_in) and [`pull`](AgentHandle::pull) give | at the next of these calls, or by `ack` |
//! | an answer, the end of a barrier, a decision that was waited for | when it is given |
//! | what the agent knows already | at once |
//!
//! What is not handled when the agent dies is received again when it joins again under the
//! same name. But for one thing: what the coordinator had said about phases, barriers,
//! pauses and the end before the agent joined it says anew to whoever joins, as far as it
//! still holds. So the older word is dropped, which might be that of an earlier session.
//! Likewise insights: those from before this start of the agent are dropped, and the
//! coordinator sends the newest of what it had sent to the earlier start once more, sixteen at
//! most; the others come with pulls. So those that the earlier start had handled
//! come again, which has gone with what it knew.
//!
//! While an agent waits for one thing, all else waits in its order for `next`.
//!
//! # Rooms
//!
//! | Room | Holds |
//! |---|---|
//! | `options` | [`AgentOptions`]: who joins, and how |
//! | `join` | [`AgentHandle`]: joining, leaving |
//! | `state` | what the next heartbeat says |
//! | `beat` | heartbeats |
//! | `model` | [`Order`] and all that an agent is told and says |
//! | `mail` | letters: which are new, who waits for them, when they are handled |
//! | `act` | what an agent does: a file per sort of it |

mod act;
mod beat;
mod error;
mod join;
mod mail;
mod model;
mod options;
mod state;

pub use act::{CheckIn, ToolStream};
pub use error::AgentError;
pub use join::AgentHandle;
pub use model::{Answer, Barrier, BarrierEnd, Ended, Order, Question, Report, Ruling, Work};
pub use options::AgentOptions;
pub(crate) use state::Busy;
