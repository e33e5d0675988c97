//! What a wire to a Redis server must be able to do.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::{Command, Counters, Notice, Reply, Result, Topics, WireCapabilities};

/// A wire: a way of talking to a Redis server, or to a cluster of them. The dialect (scripts,
/// streams, inspection) is built on it and does not know which one it is.
///
/// # Contract
///
/// - **Every call ends** within the deadline of the wire's configuration, whatever the network
///   does.
/// - **Outcomes are exact.** An error says `NotApplied` only where the server surely did not
///   act. An answer that was lost, or that did not come in time, is `Unknown`.
/// - **Nothing but reads is repeated** by a wire itself, unless the server has said that it did
///   not act (it is loading, it is a replica by now, the key lives elsewhere).
/// - **A wire mends itself.** A call made while the connection is lost waits for the next one,
///   at most until its own deadline. There is no limit to the tries.
/// - **Cancel safety.** Dropping a call leaves it done or not done, and the wire usable.
#[async_trait]
pub trait Wire: fmt::Debug + Send + Sync + 'static {
    /// What this wire can do.
    fn capabilities(&self) -> WireCapabilities;

    /// One command, one answer. What blocks, or changes the connection it comes over, is for
    /// [`dedicated`](Self::dedicated) and [`subscribe`](Self::subscribe). In a cluster a command
    /// that names no key goes to any node, unless it is [`near`](Command::near) one.
    ///
    /// # Errors
    ///
    /// An answer that is an error, by its kind; `InvalidInput` for a command that is not to be
    /// shared; whatever keeps an answer from coming.
    async fn execute(&self, command: Command) -> Result<Reply>;

    /// Several commands in one round trip, done in this order, each for itself: others may
    /// come in between. In a cluster their keys lie in one slot. Without commands nothing is
    /// sent.
    ///
    /// # Errors
    ///
    /// The inner ones are those of single commands. The outer one is for all of them: nothing
    /// was sent, or the answers were lost.
    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>>;

    /// Several commands in one round trip, done in this order, with nothing in between, all or
    /// none (`MULTI`). In a cluster their keys lie in one slot.
    ///
    /// # Errors
    ///
    /// An outer error means that none was done, unless its outcome is `Unknown`. An inner one
    /// is of a command that failed while the others were done: Redis takes nothing back.
    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>>;

    /// A connection of one's own, for commands that block. It connects when it is first used.
    ///
    /// # Errors
    ///
    /// `Unsupported` over a wire that cannot block; `Closed`.
    fn dedicated(&self) -> Result<Box<dyn Dedicated>>;

    /// Listens to channels (pub/sub). Messages sent after the answer arrive, or are told as
    /// missed.
    ///
    /// # Errors
    ///
    /// `Unsupported` over a wire without pub/sub; `PermissionDenied`; whatever keeps it from
    /// connecting.
    async fn subscribe(&self, topics: Topics) -> Result<Box<dyn Listener>>;

    /// What was counted since the wire was made.
    fn counters(&self) -> Counters;

    /// Ends the wire for all its handles. Calls under way are answered, later ones get
    /// `Closed`; what blocks ends at once. Closing twice is no error.
    ///
    /// # Errors
    ///
    /// None is known; wires to come may have some.
    async fn close(&self) -> Result<()>;
}

/// A connection for commands that block. Dropping it closes it.
#[async_trait]
pub trait Dedicated: fmt::Debug + Send {
    /// One command, one answer. `block` is the time for which the command itself blocks; the
    /// answer is waited for 2 s longer, or the wire's own deadline where that is more.
    ///
    /// After an error or a lost answer, and when the call is dropped before its end, the
    /// connection is thrown away, and the next call makes a new one: whatever the old one
    /// still waits for cannot reach it.
    ///
    /// # Errors
    ///
    /// Those of [`Wire::execute`]. There is one try; the pause before the next is the
    /// caller's.
    async fn execute(&mut self, command: Command, block: Duration) -> Result<Reply>;

    /// How many connections were made so far. Where this has grown, something may have
    /// happened in between that nobody told.
    fn connections(&self) -> u64;
}

/// Who listens to channels. Dropping it ends the subscription.
#[async_trait]
pub trait Listener: fmt::Debug + Send {
    /// The next message, or that some were missed. Waits without limit.
    ///
    /// A lost connection is made anew here, with growing pauses and no limit, and told as
    /// [`Notice::Missed`]. Cancel-safe.
    ///
    /// # Errors
    ///
    /// What a new try cannot mend: `Unauthenticated`, `PermissionDenied`, `InvalidConfig`,
    /// `Closed` …
    async fn next(&mut self) -> Result<Notice>;
}
