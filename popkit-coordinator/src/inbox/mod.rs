//! Messages to one agent, none of them lost, and messages from it.
//!
//! An [`Inbox`] reads the agent's own channel, and what is broadcast, from where the agent was
//! when it last acknowledged. What was sent while the agent was away, or before it came, is
//! there when it comes. What was received and not acknowledged when it crashed is received
//! again. Text of other agents is delivered as data: see [`Received::text_block`].
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use popkit_coordinator::{Inbox, InboxOptions, Letter, Post};
//! use popkit_protocol::message::TaskMessage;
//! use popkit_protocol::{
//!     AgentId, Clock as _, Envelope, Message, Namespace, Object, Party, RandomIds, SystemClock,
//! };
//! use popkit_store::MemoryStore;
//! use popkit_transport::{MemoryTransport, Stamps};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = Arc::new(MemoryTransport::new());
//! let agent = AgentId::new("builder-1")?;
//!
//! let post = Post::new(transport.clone(), Namespace::unnamed(), Stamps::new(&RandomIds));
//! let task = TaskMessage::new(Object::default().with("title", &"Tidy the parser")?);
//! let (from, to) = (Party::Coordinator, Party::Agent(agent.clone()));
//! let now = SystemClock.now();
//! post.send(&Envelope::new(&RandomIds, now, from, to, Message::Task(task))).await?;
//!
//! // Later, perhaps in another process.
//! let documents = Arc::new(MemoryStore::new());
//! let mut inbox = Inbox::open(transport, documents, InboxOptions::new(agent)).await?;
//! for letter in inbox.receive(32, Duration::ZERO).await? {
//!     if let Letter::Message(received) = letter {
//!         assert!(received.text_block().contains("Tidy the parser"));
//!         inbox.ack(&received).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | Room | Holds |
//! |---|---|
//! | `options` | whose inbox, and how much at once |
//! | `letter` | [`Letter`]: what comes in |
//! | `reader` | the subscription: what is there now, or what will come |
//! | `ledger` | what was received, what is handled, how far the place may move |
//! | `receive` | [`Inbox`]: receiving and acknowledging |
//! | `post` | [`Post`]: sending |

mod error;
mod ledger;
mod letter;
mod options;
mod post;
mod reader;
mod receive;

pub use error::{InboxError, PostError};
pub use letter::{Expired, Letter, Received, Undecodable};
pub use options::InboxOptions;
pub use post::Post;
pub use receive::Inbox;
