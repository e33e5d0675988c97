//! A store of one's own: the engine's rules over a log of events in one file.
//!
//! Every call runs the engine on an [`EngineState`] and appends what happened, one JSON
//! line per event or rule of a lane, before it answers. Opening replays the lines. This is all that a durable
//! store for one process needs; several processes would also need a lock around "read what
//! others wrote, decide, append".

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use popkit_protocol::{
    Clock, Cursor, NewTask, Requirement, ScoreMode, Task, TaskEvent, TaskId, Timestamp,
};
use popkit_store::engine::{self, EngineState};
use popkit_store::{
    ChangeRequest, CountQuery, Durability, Error, ErrorKind, Heartbeat, HeartbeatReply,
    HistoryQuery, InsertOptions, Inserted, LaneRule, LaneStatus, Opened, Page, PruneQuery, Result,
    SqliteOptions, SqliteStore, StepReply, StepRequest, StoreCapabilities, TaskCounts, TaskQuery,
    TaskStore, Waiter, Wake, WakeReason,
};

/// Tasks in a log of events. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct JournalStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    documents: SqliteStore,
    clock: Arc<dyn Clock>,
    data: Mutex<Data>,
}

#[derive(Debug)]
struct Data {
    state: EngineState,
    file: File,
    written: Cursor,
    now: Timestamp,
    closed: bool,
}

fn disk(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Unavailable, error.to_string()).with_source(error)
}

impl JournalStore {
    /// Opens the journal, making it where there is none.
    pub(crate) async fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut state = EngineState::new();
        let file = OpenOptions::new().create(true).read(true).append(true).open(path);
        let file = file.map_err(disk)?;
        for line in BufReader::new(file.try_clone().map_err(disk)?).lines() {
            let line = line.map_err(disk)?;
            let corrupt = |e: serde_json::Error| Error::new(ErrorKind::Corrupt, e.to_string());
            // An event is an object, a rule an array.
            if line.starts_with('[') {
                let (lane, rule): (Requirement, LaneRule) =
                    serde_json::from_str(&line).map_err(corrupt)?;
                engine::set_lane(&mut state, &lane, rule)?;
            } else {
                let event: TaskEvent = serde_json::from_str(&line).map_err(corrupt)?;
                state.restore(event)?;
            }
        }
        state.finish_restore();
        let (written, now) = (state.cursor(), Timestamp::EPOCH);
        let data = Mutex::new(Data { state, file, written, now, closed: false });
        let documents = SqliteOptions::new(path.with_extension("docs")).clock(Arc::clone(&clock));
        let documents = documents.open().await?;
        Ok(Self(Arc::new(Inner { path: path.to_owned(), documents, clock, data })))
    }

    /// Both seams; documents are kept by a store that is there already.
    pub(crate) fn opened(&self) -> Opened {
        let mut opened = Opened::of(&self.0.documents);
        opened.tasks = Arc::new(self.clone());
        opened
    }

    fn lock(&self) -> MutexGuard<'_, Data> {
        self.0.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> Result<MutexGuard<'_, Data>> {
        let mut data = self.lock();
        if data.closed {
            return Err(Error::new(ErrorKind::Closed, "the journal was closed"));
        }
        data.now = data.now.max(self.0.clock.now());
        Ok(data)
    }

    /// Runs one call and makes what it did durable before it is answered.
    fn run<T>(&self, call: impl FnOnce(&mut EngineState, Timestamp) -> Result<T>) -> Result<T> {
        let mut data = self.begin()?;
        let now = data.now;
        let answer = call(&mut data.state, now)?;
        data.append(&[])?;
        Ok(answer)
    }
}

impl Data {
    /// Appends the events that are not in the file yet, and the rules of these lanes.
    fn append(&mut self, lanes: &[LaneStatus]) -> Result<()> {
        let mut lines = Vec::new();
        loop {
            let page = self.state.history(&HistoryQuery::after(self.written));
            for event in &page.items {
                serde_json::to_writer(&mut lines, event).map_err(disk)?;
                lines.push(b'\n');
                self.written = event.cursor;
            }
            if page.next.is_none() {
                break;
            }
        }
        for lane in lanes {
            serde_json::to_writer(&mut lines, &(&lane.requirement, lane.rule)).map_err(disk)?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines).and_then(|()| self.file.sync_data()).map_err(disk)
    }

    /// Writes the journal anew, without what was pruned.
    fn rewrite(&mut self, path: &Path) -> Result<()> {
        let fresh = path.with_extension("new");
        self.file = File::create(&fresh).map_err(disk)?;
        self.written = Cursor::START;
        let lanes = self.state.lanes();
        self.append(&lanes)?;
        std::fs::rename(&fresh, path).map_err(disk)?;
        OpenOptions::new().append(true).open(path).map(|file| self.file = file).map_err(disk)
    }
}

#[async_trait]
impl TaskStore for JournalStore {
    fn backend(&self) -> &'static str {
        "journal"
    }

    fn capabilities(&self) -> StoreCapabilities {
        let mut can = StoreCapabilities::least();
        can.durability = Durability::CrashSafe;
        can.shared = true;
        can
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, _: InsertOptions) -> Result<Vec<Inserted>> {
        engine::check_insert(&batch)?;
        self.run(|state, now| engine::insert(state, now, ScoreMode::Strict, batch))
    }

    async fn step(&self, request: StepRequest) -> Result<StepReply> {
        engine::check_step(&request)?;
        self.run(|state, now| engine::step(state, now, request))
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
        engine::check_heartbeat(&beat)?;
        self.run(|state, now| engine::heartbeat(state, now, beat))
    }

    async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        let until = tokio::time::Instant::now() + waiter.timeout;
        loop {
            let ready = self.run(|state, now| {
                engine::maintain(state, now)?;
                Ok(state.is_ready_for(&waiter.claim.profile))
            })?;
            if ready {
                return Ok(Wake::hint(WakeReason::Ready));
            }
            if tokio::time::Instant::now() >= until {
                return Ok(Wake::hint(WakeReason::Timeout));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        self.run(|state, now| engine::change(state, now, ScoreMode::Strict, request))
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        self.run(|state, _| Ok(ids.iter().map(|id| state.get(id).cloned()).collect()))
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        self.run(|state, _| Ok(state.query(&query)))
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        self.run(|state, _| Ok(state.counts(query.lanes)))
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        self.run(|state, _| Ok(state.history(&query)))
    }

    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        let gone = self.run(|state, _| Ok(state.prune(&query)))?;
        if gone > 0 {
            self.lock().rewrite(&self.0.path)?;
        }
        Ok(gone)
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        let mut data = self.begin()?;
        let status = engine::set_lane(&mut data.state, &requirement, rule)?;
        data.append(std::slice::from_ref(&status))?;
        Ok(status)
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        self.run(|state, _| Ok(state.lanes()))
    }

    async fn close(&self) -> Result<()> {
        self.lock().closed = true;
        self.0.documents.close().await
    }
}
