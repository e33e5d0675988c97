//! Failures on purpose.

mod batch;
mod perform;
mod read;
mod shared;
mod transport;

use std::sync::Arc;

use popkit_protocol::layer::{FaultCounts, Injection};

use self::perform::unavailable;
use self::shared::Shared;
use super::Operation;

/// How a [`Fault`] makes calls fail by chance, reads and `close` included. By default it does
/// not.
pub type FaultOptions = popkit_protocol::layer::FaultOptions<Operation>;

/// A transport whose calls fail as those over a bad network do, by script or by chance: for
/// tests of what is built on a transport.
///
/// The same seed and the same calls give the same failures: what happens to the n-th call of
/// an operation follows from the seed, the operation and n alone, whatever other operations
/// run beside it. There is no clock but that of the tokio runtime, so tests with paused time
/// take no time.
///
/// Clones, and the subscriptions of all of them, share script, counters and switch. With the
/// default options the layer changes nothing until it is told to.
///
/// ```
/// use popkit_protocol::Channel;
/// use popkit_transport::layer::{Fault, Injection, Operation, Retry};
/// use popkit_transport::{MemoryTransport, TransportExt as _};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fault = Fault::new(MemoryTransport::new());
/// let transport = Retry::new(fault.clone());
/// fault.script(Operation::Publish, [Injection::Lose, Injection::Fail]);
///
/// let channel = Channel::new("pop:results")?;
/// transport.publish(&channel, "done").await?;
/// assert_eq!(fault.injected().calls, 3);
///
/// let mut reader = transport.replay(&[channel]).await?;
/// reader.next().await.transpose()?.expect("the message, which is there twice");
/// # Ok(())
/// # }
/// ```
///
/// # Batches
///
/// First something may happen to the batch as a whole ([`Operation::PublishBatch`]), then to
/// each of its messages ([`Operation::Publish`]). Where one of them fails, later ones of its
/// channel are not tried; those of other channels are.
///
/// # Reads
///
/// A read of a subscription ([`Operation::Read`]) may fail, before or after something was
/// fetched: nothing is lost, the next one gives it. [`Injection::Twice`] tells the messages of
/// a read twice. A read that waits is one call, however long it waits.
///
/// # Atomicity and cancel safety
///
/// Those of the inner transport, for each execution; [`Injection::Twice`] publishes a message
/// twice, which readers can see only where it has no stamp from outside. [`down`](Self::down)
/// drops the calls that are under way.
#[derive(Debug, Clone)]
pub struct Fault<T> {
    inner: T,
    shared: Arc<Shared>,
}

impl<T> Fault<T> {
    /// Around this transport; lets every call pass until told otherwise.
    #[must_use]
    pub fn new(inner: T) -> Self {
        Self::with_options(inner, FaultOptions::default())
    }

    /// Around this transport, with these options.
    #[must_use]
    pub fn with_options(inner: T, options: FaultOptions) -> Self {
        Self { inner, shared: Arc::new(Shared::new(options)) }
    }

    /// The transport inside.
    #[must_use]
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// What happens to the next calls of an operation, in order, after what was scripted
    /// before. Chance has its say again when the script is used up.
    pub fn script(&self, operation: Operation, next: impl IntoIterator<Item = Injection>) {
        self.shared.plan.script(operation, next);
    }

    /// Cuts the transport off: calls and reads fail as unavailable and are not executed. Calls
    /// under way are dropped, and the outcome of those that publish is unknown; readers that
    /// wait get an error, and go on where they were when it is [`up`](Self::up) again.
    pub fn down(&self) {
        self.shared.set_down(true);
    }

    /// Ends [`down`](Self::down).
    pub fn up(&self) {
        self.shared.set_down(false);
    }

    /// Whether the transport is cut off.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.shared.is_down()
    }

    /// What was injected so far, over all operations.
    #[must_use]
    pub fn injected(&self) -> FaultCounts {
        self.shared.plan.counts(None)
    }

    /// What was injected into one operation so far.
    #[must_use]
    pub fn injected_into(&self, operation: Operation) -> FaultCounts {
        self.shared.plan.counts(Some(operation))
    }
}
