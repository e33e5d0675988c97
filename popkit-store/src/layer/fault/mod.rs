//! Failures on purpose.

mod documents;
mod inject;
mod shared;
mod tasks;

use std::sync::Arc;

use popkit_protocol::layer::{FaultCounts, Injection};

use self::shared::Shared;
use super::Operation;

/// How a [`Fault`] makes calls fail by chance, `wait` and `close` included. By default it
/// does not.
pub type FaultOptions = popkit_protocol::layer::FaultOptions<Operation>;

/// A store whose calls fail as those over a bad network do, by script or by chance: for tests
/// of what is built on a store.
///
/// The same seed and the same calls give the same failures: what happens to the n-th call of
/// an operation follows from the seed, the operation and n alone, whatever other operations
/// run beside it. There is no clock but that of the tokio runtime, so tests with paused time
/// take no time.
///
/// Clones share script, counters and switch. With the default options the layer changes
/// nothing until it is told to.
///
/// ```
/// use popkit_protocol::NewTask;
/// use popkit_store::layer::{Fault, Injection, Operation, Retry};
/// use popkit_store::{MemoryStore, TaskStoreExt as _};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fault = Fault::new(MemoryStore::new());
/// let store = Retry::new(fault.clone());
/// fault.script(Operation::Insert, [Injection::Fail, Injection::Lose]);
///
/// let answer = store.insert(NewTask::new("t-1".try_into()?, "greet".try_into()?)).await?;
/// assert!(answer.is_created(), "by the second try, whose answer was lost");
/// assert_eq!(fault.injected().calls, 3);
/// # Ok(())
/// # }
/// ```
///
/// # Atomicity and cancel safety
///
/// Those of the inner store, for each execution; [`Injection::Twice`] executes a call twice.
/// [`down`](Self::down) drops the calls that are under way.
#[derive(Debug, Clone)]
pub struct Fault<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Fault<S> {
    /// Around this store; lets every call pass until told otherwise.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self::with_options(inner, FaultOptions::default())
    }

    /// Around this store, with these options.
    #[must_use]
    pub fn with_options(inner: S, options: FaultOptions) -> Self {
        Self { inner, shared: Arc::new(Shared::new(options)) }
    }

    /// The store inside.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// What happens to the next calls of an operation, in order, after what was scripted
    /// before. Chance has its say again when the script is used up.
    pub fn script(&self, operation: Operation, next: impl IntoIterator<Item = Injection>) {
        self.shared.plan.script(operation, next);
    }

    /// Cuts the store off: calls fail as unavailable and are not executed. Calls under way
    /// are dropped; the outcome of writes among them is unknown.
    pub fn down(&self) {
        self.shared.set_down(true);
    }

    /// Ends [`down`](Self::down).
    pub fn up(&self) {
        self.shared.set_down(false);
    }

    /// Whether the store is cut off.
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
