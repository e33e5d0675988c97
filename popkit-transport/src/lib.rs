//! Transports: messages that are not lost.
//!
//! ```
//! use popkit_protocol::{Namespace, Topic};
//! use popkit_transport::{Event, MemoryTransport, TransportExt as _};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = MemoryTransport::new();
//! let channel = Namespace::unnamed().channel(&Topic::Insights);
//!
//! transport.publish(&channel, "tests live in tests/it").await?;
//!
//! let mut reader = transport.replay(&[channel.clone()]).await?;
//! let Some(Event::Message(first)) = reader.next().await.transpose()? else { panic!() };
//! assert_eq!(first.payload, "tests live in tests/it");
//!
//! // Later, perhaps in another process: go on where this reader was.
//! let cursor = reader.cursor().to_string();
//! transport.publish(&channel, "the parser is fuzzed").await?;
//! let mut reader = transport.resume(&[channel], cursor.parse()?).await?;
//! let Some(Event::Message(second)) = reader.next().await.transpose()? else { panic!() };
//! assert_eq!(second.payload, "the parser is fuzzed");
//! # Ok(())
//! # }
//! ```
//!
//! # Concepts
//!
//! - A **channel** is a log. [`Transport::publish_opts`] appends to it and answers when the
//!   message is as durable as [`Capabilities::durability`] says.
//! - A **subscription** reads from a **cursor** of its own; nobody's reading takes anything
//!   from others. Save the cursor after handling, and no crash loses a message.
//! - Every message carries its **stamp** (producer and sequence) beside the payload.
//!   Subscriptions drop what is repeated, and report what is missing.
//! - A **gap** is data: [`Event::Gap`] says that messages are gone (retention, damage, a
//!   reader that was told to skip) and, where it is known, how many. [`Event::Reset`] says that
//!   the log is another one than the cursor was made for.
//! - **Latest** values ([`Retention::Latest`]) are not a log: a heartbeat replaces the one
//!   before it.
//!
//! # Backends
//!
//! | Backend | Feature | Reach | Default durability | Wake-up |
//! |---|---|---|---|---|
//! | [`MemoryTransport`] | always | one process | volatile | push |
//! | `FileTransport` | `file` (default) | one host | power-safe | push within the process, file watch and polling across |
//! | `RedisTransport` | `redis` | every host that reaches the server | that of the server's settings | push |
//! | the same over REST (Upstash) | `upstash` | every host that reaches the service | the provider's | polling for all at once; hints by server-sent events |
//!
//! # Features
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `file` | yes | the file backend |
//! | `file-watch` | yes | notices of the operating system as wake-ups for it |
//! | `redis` | no | the Redis backend, over TCP or a Unix socket |
//! | `redis-cluster`, `redis-sentinel`, `redis-tls` | no | its other servers, and TLS |
//! | `upstash` | no | Upstash over REST, for the Redis backend |
//! | `sign` | yes | the signing layer |
//! | `tracing` | yes | spans and events through the `tracing` facade |
//! | `conformance` | no | the public conformance suite; exempt from semver |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod backend;
mod capability;
#[cfg(feature = "conformance")]
#[cfg_attr(docsrs, doc(cfg(feature = "conformance")))]
pub mod conformance;
mod cursor;
mod delivery;
mod error;
mod ext;
mod headers;
pub mod layer;
mod options;
mod publish;
mod stamp;
mod subscription;
mod transport;
mod url;

#[cfg(feature = "file")]
#[cfg_attr(docsrs, doc(cfg(feature = "file")))]
pub use backend::file::{FileOptions, FileTransport};
pub use backend::memory::{MemoryOptions, MemoryTransport};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use backend::redis::{Bridge, BridgeCounts, RedisTransport, RedisTransportOptions, Usage};
pub use capability::{Capabilities, Guarantee, Ordering};
pub use cursor::{Cursor, Place, Position};
pub use delivery::{Delivery, Event, Gap, GapCause};
pub use error::{Error, ErrorKind, Result};
pub use ext::TransportExt;
pub use headers::Headers;
pub use options::{Keep, LatestKey, Overflow, PublishOptions, Retention, Start, SubscribeOptions};
pub use popkit_protocol::{Durability, OutcomeKind, Push, Reach};
pub use publish::{Pong, Publish, Receipt};
pub use stamp::{Stamp, Stamps, Turn};
pub use subscription::{Source, Subscription};
pub use transport::Transport;
pub use url::open;
