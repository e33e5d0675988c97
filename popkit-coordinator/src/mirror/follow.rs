//! Catching up with the log, and staying there.

use std::sync::Arc;
use std::time::Duration;

use popkit_store::{StateStore, TaskStore};
use popkit_transport::Transport;
use tokio::sync::{Mutex, Notify};
use tokio::time::sleep;

use super::publish::Publisher;
use super::{MirrorError, MirrorOptions};
use crate::Shutdown;

/// The shortest rest between two looks at a log in which nothing happens.
const BUSY: Duration = Duration::from_millis(50);
/// The longest.
const QUIET: Duration = Duration::from_secs(1);

/// Publishes the task log on the five `tasks:*` channels, from where it was when it last ran.
///
/// Its place, its producer's id and the numbers of its messages are kept in the document
/// `mirror:tasks`, so a reader gets each message once, and in order, however often the mirror
/// is restarted. The mirror that was opened last has the place; an older one that still runs
/// ends with [`BookmarkError::Taken`](crate::BookmarkError::Taken).
///
/// ```
/// use std::sync::Arc;
///
/// use popkit_coordinator::{MirrorOptions, TaskMirror};
/// use popkit_protocol::{Namespace, NewTask, Topic};
/// use popkit_store::{MemoryStore, TaskStoreExt as _};
/// use popkit_transport::{MemoryTransport, TransportExt as _};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, transport) = (MemoryStore::new(), MemoryTransport::new());
/// let (tasks, documents) = (Arc::new(store.clone()), Arc::new(store.clone()));
/// let options = MirrorOptions::default();
/// let mirror = TaskMirror::open(tasks, documents, Arc::new(transport.clone()), options).await?;
///
/// store.insert(NewTask::new("t-1".try_into()?, "greet".try_into()?)).await?;
/// assert_eq!(mirror.catch_up().await?, 1);
///
/// let news = Namespace::unnamed().channel(&Topic::TasksNew);
/// let event = transport.replay(&[news]).await?.next().await.transpose()?;
/// let message = event.and_then(|event| event.into_message()).expect("it was told");
/// assert!(message.payload.starts_with(br#"{"task_id":"t-1""#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TaskMirror {
    publisher: Mutex<Publisher>,
    poked: Notify,
}

impl TaskMirror {
    /// Takes the place over; the first mirror begins with the first event that the store has.
    ///
    /// Documents and tasks are best in the same store: the place is one in that store's log.
    ///
    /// # Errors
    ///
    /// [`MirrorError::Place`] where the place cannot be read or taken.
    pub async fn open(
        store: Arc<dyn TaskStore>,
        documents: Arc<dyn StateStore>,
        transport: Arc<dyn Transport>,
        options: MirrorOptions,
    ) -> Result<Self, MirrorError> {
        let publisher = Publisher::open(store, documents, transport, options).await?;
        Ok(Self { publisher: Mutex::new(publisher), poked: Notify::new() })
    }

    /// Publishes what is in the log and was not told yet; answers with the number of messages.
    /// While the log grows faster than it is told, this goes on.
    ///
    /// # Errors
    ///
    /// [`MirrorError`]; the next call goes on where this one was.
    ///
    /// # Cancel safety
    ///
    /// Dropped, a part is told; the next call tells the rest.
    pub async fn catch_up(&self) -> Result<u64, MirrorError> {
        let mut publisher = self.publisher.lock().await;
        let mut published = 0;
        loop {
            let round = publisher.round().await?;
            published += round.published;
            if !round.more {
                return Ok(published);
            }
        }
    }

    /// Catches up, and looks again when it is [poked](Self::poke), else after 50 ms to 1 s, the
    /// longer the less happens. A store or transport that cannot be reached is waited for.
    ///
    /// When the shutdown is asked for it catches up a last time, unless the end is to be at
    /// once. Answers with the number of messages.
    ///
    /// # Errors
    ///
    /// What waiting does not cure; in the last round, also what it may.
    ///
    /// # Cancel safety
    ///
    /// As [`catch_up`](Self::catch_up).
    pub async fn run(&self, shutdown: &Shutdown) -> Result<u64, MirrorError> {
        let mut published = 0;
        let end = tokio::select! {
            biased;
            () = shutdown.stopping() => Ok(()),
            end = self.follow(shutdown, &mut published) => end,
        };
        end.map(|()| published)
    }

    async fn follow(&self, shutdown: &Shutdown, published: &mut u64) -> Result<(), MirrorError> {
        let mut rest = BUSY;
        while !shutdown.is_draining() {
            let round = self.publisher.lock().await.round().await;
            let round = match round {
                Ok(round) => round,
                Err(error) if error.is_retryable() => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::warn!(%error, cause, "the mirror waits");
                    tokio::select! {
                        () = shutdown.draining() => {}
                        () = sleep(error.retry_after().unwrap_or_default().max(rest)) => {}
                    }
                    rest = (rest * 2).min(QUIET);
                    continue;
                }
                Err(error) => return Err(error),
            };
            *published += round.published;
            if round.published > 0 {
                rest = BUSY;
            }
            if round.more {
                continue;
            }
            tokio::select! {
                () = shutdown.draining() => {}
                () = self.poked.notified() => rest = BUSY,
                () = sleep(rest) => rest = (rest * 2).min(QUIET),
            }
        }
        *published += self.catch_up().await?;
        Ok(())
    }

    /// Lets [`run`](Self::run) look at the log now: for who has just changed a task.
    pub fn poke(&self) {
        self.poked.notify_one();
    }
}
