//! Layers: transports around transports. Each is generic over the core trait, so it wraps a
//! backend, another layer, or an `Arc<dyn Transport>` alike, and is a
//! [`Transport`](crate::Transport) itself.
//!
//! | Layer | Does |
//! |---|---|
//! | [`CircuitBreaker`] | refuses calls for a while after repeated failures |
//! | `Sign` (feature `sign`) | signs what is published, delivers what is genuine |
//! | [`Retry`] | repeats failed calls, without losing, doubling or reordering a message |
//! | [`Timeout`] | gives every call a deadline |
//! | [`Fault`] | makes calls fail, for tests |
//!
//! None holds messages, and none changes what an answer means: each passes the conformance
//! suite over the memory backend unchanged.
//!
//! # Order
//!
//! Outermost first: **circuit breaker → sign → retry → timeout → backend**. In a test,
//! [`Fault`] takes the place just around the backend: … → timeout → fault → backend.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use popkit_protocol::Channel;
//! use popkit_transport::layer::{CircuitBreaker, Retry, RetryOptions, Timeout};
//! use popkit_transport::{MemoryTransport, Transport, TransportExt as _};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let backend: Arc<dyn Transport> = Arc::new(MemoryTransport::new());
//! let timed = Timeout::new(backend, Duration::from_secs(5));
//! let options = RetryOptions::default().max_tries(4).deadline(Duration::from_secs(20));
//! let transport = CircuitBreaker::new(Retry::with_options(timed, options));
//!
//! let receipt = transport.publish(&Channel::new("pop:insights")?, "hello").await?;
//! assert_eq!(receipt.stamp.sequence, 1);
//! # Ok(())
//! # }
//! ```
//!
//! Other orders compile and are wrong:
//!
//! - **Timeout around retry.** One deadline then covers all tries together, so a single try
//!   that hangs eats the time of the others. When it passes, the retry layer's future is
//!   dropped, and with it what only that layer knows: that nothing was sent, that an earlier
//!   try may have been, how long the backend asked to be left alone. To bound all tries
//!   together, set [`RetryOptions::deadline`]: it ends the repeating without cutting a try.
//! - **Retry around the circuit breaker.** The breaker then counts tries, not results: a
//!   few hiccups that repeating would have mended open it, and retry spends its tries on an
//!   open breaker.
//! - **Retry around sign.** Every try is signed anew, and a subscription that is begun anew
//!   has forgotten what was heard, so that replays pass.
//! - **Two retry layers** multiply their tries; use one.

mod arc;
mod circuit_breaker;
mod fault;
mod flight;
mod operation;
mod retry;
#[cfg(feature = "sign")]
mod sign;
mod timeout;

pub use circuit_breaker::{CircuitBreaker, CircuitBreakerOptions, CircuitState};
pub use fault::{Fault, FaultOptions};
pub use operation::Operation;
pub use popkit_protocol::layer::{FaultCounts, FaultRates, Injection, RetryOptions};
pub use retry::Retry;
#[cfg(feature = "sign")]
#[cfg_attr(docsrs, doc(cfg(feature = "sign")))]
pub use sign::{
    Keyring, Refusal, RefusalReason, Refusals, SessionSecret, Sign, SignOptions, SigningKey,
    Unverified, signed_by,
};
pub use timeout::{Timeout, TimeoutOptions};
