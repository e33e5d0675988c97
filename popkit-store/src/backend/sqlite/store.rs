//! The task seam.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use async_trait::async_trait;
use popkit_protocol::{NewTask, Requirement, Task, TaskEvent, TaskId, Timestamp};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::timeout;

use super::read;
use super::shared::Shared;
use super::tables::SqliteTables;
use super::writer::{Call, Look, Message};
use crate::{
    ChangeRequest, ClockSource, CountQuery, Durability, Error, ErrorKind, Heartbeat,
    HeartbeatReply, HistoryQuery, InsertOptions, Inserted, LaneRule, LaneStatus, Page, PruneQuery,
    Push, Reach, Result, StepReply, StepRequest, StoreCapabilities, TaskCounts, TaskQuery,
    TaskStore, Waiter, Wake, WakeReason, engine,
};

/// A store in one SQLite file. Clones share the connection; dropping the last one ends it.
///
/// Calls that write go through one thread; a call whose future is dropped before its turn
/// is not made, later it is made in full. See [`SqliteOptions`](super::SqliteOptions).
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    writer: Sender<Message>,
    /// Whether a caller looks for its answer instead of sleeping.
    looking: AtomicBool,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.0.shared.path).finish_non_exhaustive()
    }
}

/// Looks for an answer before its caller sleeps: about 300 µs, a few calls long. Fewer, and
/// on a slow machine every call would pay for the looks and for the sleep.
const LOOKS: u32 = 150;

/// Whether a call is synced before it is answered, in a power-safe store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sync {
    Durable,
    Relaxed,
}

impl SqliteStore {
    pub(super) fn new(shared: Arc<Shared>, writer: Sender<Message>) -> Self {
        Self(Arc::new(Inner { shared, writer, looking: AtomicBool::new(false) }))
    }

    /// Makes one call on the writer.
    pub(super) async fn write<T, F>(
        &self,
        operation: &'static str,
        sync: Sync,
        work: F,
    ) -> Result<T>
    where
        F: FnOnce(&mut SqliteTables<'_>, Timestamp) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.make(operation, (sync, false), work).await
    }

    /// Makes a call that fails only where the database does.
    async fn write_plain<T, F>(&self, operation: &'static str, sync: Sync, work: F) -> Result<T>
    where
        F: FnOnce(&mut SqliteTables<'_>, Timestamp) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.make(operation, (sync, true), work).await
    }

    async fn make<T, F>(
        &self,
        operation: &'static str,
        (sync, plain): (Sync, bool),
        work: F,
    ) -> Result<T>
    where
        F: FnOnce(&mut SqliteTables<'_>, Timestamp) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, mut answer) = oneshot::channel();
        let durable = sync == Sync::Durable;
        let call = Call { durable, plain, work: Some(work), result: None, reply };
        let sent = self.send(Message::Job(Box::new(call)));
        let synced = durable && self.0.shared.durability == Durability::PowerSafe;
        if sent.is_ok()
            && !synced
            && let Some(result) = self.look(&mut answer).await
        {
            return result.map_err(|e| self.place(e, operation));
        }
        self.answer(operation, sent, answer).await
    }

    /// Looks for the answer for a moment, where nobody else does: a call that is not synced
    /// takes less time than it takes to put a thread to sleep and wake it again.
    async fn look<T>(&self, answer: &mut oneshot::Receiver<Result<T>>) -> Option<Result<T>> {
        if self.0.looking.swap(true, Ordering::Acquire) {
            return None;
        }
        let looking = Looking(&self.0.looking);
        for _ in 0..LOOKS {
            match answer.try_recv() {
                Ok(found) => return Some(found),
                Err(TryRecvError::Closed) => return Some(Err(self.lost())),
                Err(TryRecvError::Empty) => {}
            }
            // First the writer, on a machine with one processor; then this runtime's others.
            std::thread::yield_now();
            tokio::task::yield_now().await;
        }
        drop(looking);
        None
    }

    /// Reads on a connection of its own, in one snapshot.
    pub(super) async fn read<T, F>(&self, operation: &'static str, work: F) -> Result<T>
    where
        F: FnOnce(&read::Snapshot<'_>) -> super::classify::Sql<T> + Send + 'static,
        T: Send + 'static,
    {
        read::run(&self.0.shared, work).await.map_err(|e| self.place(e, operation))
    }

    fn send(&self, message: Message) -> Result<()> {
        self.0.writer.send(message).map_err(|_| self.0.shared.gone())
    }

    async fn answer<T>(
        &self,
        operation: &'static str,
        sent: Result<()>,
        answer: oneshot::Receiver<Result<T>>,
    ) -> Result<T> {
        let result = match sent {
            Ok(()) => answer.await.unwrap_or_else(|_| Err(self.lost())),
            Err(error) => Err(error),
        };
        result.map_err(|e| self.place(e, operation))
    }

    /// The writer went away with the call: it was closed before its turn, or it fell over a
    /// defect in the middle of something.
    fn lost(&self) -> Error {
        let shared = &self.0.shared;
        if shared.is_closed() { shared.gone() } else { shared.gone().unknown() }
    }

    fn place(&self, error: Error, operation: &'static str) -> Error {
        let about_the_file = matches!(
            error.kind(),
            ErrorKind::Corrupt
                | ErrorKind::Full
                | ErrorKind::PermissionDenied
                | ErrorKind::Unavailable
                | ErrorKind::Unexpected
        );
        let error = error.at("sqlite", operation);
        if about_the_file { error.with("path", self.0.shared.path.display()) } else { error }
    }
}

/// The place of the one caller that looks for its answer.
struct Looking<'a>(&'a AtomicBool);

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// A parked agent whose future may be dropped at any moment. A wake-up that nobody will act
/// on is handed to the next.
struct Parked<'a> {
    store: &'a SqliteStore,
    woken: oneshot::Receiver<()>,
}

impl Drop for Parked<'_> {
    fn drop(&mut self) {
        self.woken.close();
        if self.woken.try_recv().is_ok() {
            let _ = self.store.send(Message::HandOn);
        }
    }
}

impl SqliteStore {
    async fn wait_for_work(&self, waiter: Waiter) -> Result<Wake> {
        let (wake, woken) = oneshot::channel();
        let (reply, answer) = oneshot::channel();
        let mut parked = Parked { store: self, woken };
        let look = Look { profile: waiter.claim.profile, wake, found: None, reply };
        let sent = self.send(Message::Job(Box::new(look)));
        if self.answer("wait", sent, answer).await? {
            return Ok(Wake::hint(WakeReason::Ready));
        }
        match timeout(waiter.timeout, &mut parked.woken).await {
            Ok(Ok(())) => Ok(Wake::hint(WakeReason::Ready)),
            Ok(Err(_)) => Err(self.place(self.0.shared.gone(), "wait")),
            Err(_) => {
                parked.woken.close();
                let reason = match parked.woken.try_recv() {
                    Ok(()) => WakeReason::Ready,
                    Err(_) => WakeReason::Timeout,
                };
                Ok(Wake::hint(reason))
            }
        }
    }
}

#[async_trait]
impl TaskStore for SqliteStore {
    fn backend(&self) -> &'static str {
        "sqlite"
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities {
            reach: Reach::Host,
            durability: self.0.shared.durability,
            clock: ClockSource::Injected,
            push: Push::InProcess,
            shared: true,
            max_lanes: self.0.shared.max_lanes,
            ..StoreCapabilities::least()
        }
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, opts: InsertOptions) -> Result<Vec<Inserted>> {
        engine::check_insert(&batch).map_err(|e| e.at("sqlite", "insert"))?;
        let sync = if opts.relaxed { Sync::Relaxed } else { Sync::Durable };
        let mode = self.0.shared.mode;
        let work =
            move |tables: &mut SqliteTables<'_>, now| engine::insert(tables, now, mode, batch);
        self.write("insert", sync, work).await
    }

    async fn step(&self, request: StepRequest) -> Result<StepReply> {
        engine::check_step(&request).map_err(|e| e.at("sqlite", "step"))?;
        let sync = if request.finish.is_empty() { Sync::Relaxed } else { Sync::Durable };
        let work = move |tables: &mut SqliteTables<'_>, now| engine::step(tables, now, request);
        self.write_plain("step", sync, work).await
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
        engine::check_heartbeat(&beat).map_err(|e| e.at("sqlite", "heartbeat"))?;
        let work = move |tables: &mut SqliteTables<'_>, now| engine::heartbeat(tables, now, beat);
        self.write_plain("heartbeat", Sync::Relaxed, work).await
    }

    async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        self.wait_for_work(waiter).await
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        let mode = self.0.shared.mode;
        let work =
            move |tables: &mut SqliteTables<'_>, now| engine::change(tables, now, mode, request);
        self.write("change", Sync::Durable, work).await
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        let ids = ids.to_vec();
        self.read("get", move |snapshot| read::get_many(snapshot, &ids)).await
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        self.read("query", move |snapshot| read::query(snapshot, &query)).await
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        self.read("counts", move |snapshot| read::counts(snapshot, query)).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        self.read("history", move |snapshot| read::history(snapshot, &query)).await
    }

    /// Removes in transactions of at most 128 tasks, so that others get their turn in
    /// between: cut short by an error or a dropped future, what was removed so far stays so.
    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        let query = Arc::new(query);
        let (mut gone, mut after) = (0, 0);
        loop {
            let left = query.limit.saturating_sub(usize::try_from(gone).unwrap_or(usize::MAX));
            let wanted = left.min(read::PRUNED_AT_ONCE);
            if wanted == 0 {
                return Ok(gone);
            }
            let asked = Arc::clone(&query);
            let find = move |s: &read::Snapshot<'_>| read::prunable(s, &asked, after, wanted);
            let found = self.read("prune", find).await?;
            let (Some(last), count) = (found.last().copied(), found.len()) else {
                return Ok(gone);
            };
            let asked = Arc::clone(&query);
            let remove = move |tables: &mut SqliteTables<'_>, _| tables.prune(&asked, &found);
            gone += self.write("prune", Sync::Relaxed, remove).await?;
            if count < wanted {
                return Ok(gone);
            }
            after = last;
        }
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        let work =
            move |tables: &mut SqliteTables<'_>, _| engine::set_lane(tables, &requirement, rule);
        self.write("set_lane", Sync::Durable, work).await
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        self.read("lanes", read::lanes).await
    }

    /// Answers when the files are closed.
    async fn close(&self) -> Result<()> {
        // A reader that closes last would leave the log behind.
        let _readers = self.0.shared.readers.hold_up().await;
        let (reply, closed) = oneshot::channel();
        if self.send(Message::Close(reply)).is_ok() {
            // No answer: another call was faster and closed it.
            let _ = closed.await;
        }
        Ok(())
    }
}
