//! Beginning a session, leading it, standing by.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Cursor, Json};
use popkit_store::{Document, ErrorKind, SaveOptions, StateKey, StateStore, TaskStore};
use popkit_transport::Transport;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio::time::sleep;

use super::driver::{Driver, State, Told, Turn};
use super::error::RuntimeError;
use super::hands::Tools;
use super::hear::Ear;
use super::kept::{Kept, Shelf};
use super::keys::Keys;
use super::leader::{Leadership, Try, is_passing};
use super::options::CoordinatorOptions;
use super::record::Record;
use super::tasks::TaskLog;
use crate::Shutdown;
use crate::checks::Checker;
use crate::machine::{Doc, End, Event, Input, Machine, Start};

/// The rests between tries where the store cannot be reached.
const REST: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// A status that is not renewed is gone after so long: three times the machine's 15 s.
const STATUS: Duration = Duration::from_secs(45);
/// Inputs of the program around it that wait.
const TOLD: usize = 256;

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// The session's id.
    pub session: String,
    /// How.
    pub end: End,
    /// The document `completed:{session}`, where it is still kept.
    pub completed: Option<Json>,
}

/// Tells somebody in this process what happens, event by event. Over a change of leaders an
/// event may be told twice, under one number.
#[derive(Clone)]
pub struct Reporter(Arc<Tell>);

type Tell = dyn Fn(u64, &Event) + Send + Sync;

impl Reporter {
    /// Tells by this function; it must not block.
    #[must_use]
    pub fn new(tell: impl Fn(u64, &Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(super) fn tell(&self, number: u64, event: &Event) {
        (self.0)(number, event);
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporter")
    }
}

/// Runs a session: leads it, or stands by until the leader's lease lapses.
///
/// ```
/// use std::sync::Arc;
///
/// use popkit_coordinator::machine::{End, Input, Start};
/// use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions};
/// use popkit_coordinator::Shutdown;
/// use popkit_protocol::{Clock as _, Objective, RandomIds, SystemClock};
/// use popkit_store::MemoryStore;
/// use popkit_transport::MemoryTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, transport) = (Arc::new(MemoryStore::new()), Arc::new(MemoryTransport::new()));
/// let options = CoordinatorOptions::new("docs");
/// let coordinator = Coordinator::new(store, transport, options)?;
///
/// let now = SystemClock.now();
/// let objective = Objective::new(&RandomIds, now, "Tidy the parser");
/// coordinator.begin(Start::new(objective, 7, now)).await?;
///
/// let shutdown = Shutdown::new();
/// let (ended, ()) = tokio::join!(coordinator.run(&shutdown), async {
///     coordinator.tell(Input::Stop { by: None }).await;
/// });
/// assert!(matches!(ended?.map(|ended| ended.end), Some(End::Stopped { .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Coordinator {
    documents: Arc<dyn StateStore>,
    transport: Arc<dyn Transport>,
    tasks: Option<Arc<dyn TaskStore>>,
    checker: Option<Arc<dyn Checker>>,
    reporter: Option<Reporter>,
    options: CoordinatorOptions,
    keys: Keys,
    tell: mpsc::Sender<Told>,
    told: Mutex<mpsc::Receiver<Told>>,
    stirred: Arc<Notify>,
}

impl Coordinator {
    /// Over these documents, which are those of this session alone, and messages.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Key`], which no document of ours causes.
    pub fn new(
        documents: Arc<dyn StateStore>,
        transport: Arc<dyn Transport>,
        options: CoordinatorOptions,
    ) -> Result<Self, RuntimeError> {
        let keys = Keys::new().map_err(RuntimeError::Key)?;
        let (tell, told) = mpsc::channel(TOLD);
        let told = Mutex::new(told);
        let (tasks, checker, reporter) = (None, None, None);
        let stirred = Arc::default();
        Ok(Self {
            documents,
            transport,
            tasks,
            checker,
            reporter,
            options,
            keys,
            tell,
            told,
            stirred,
        })
    }

    /// Following the tasks of this store.
    #[must_use]
    pub fn with_tasks(mut self, tasks: Arc<dyn TaskStore>) -> Self {
        self.tasks = Some(tasks);
        self
    }

    /// Checking criteria and documentation by this; without, a person is asked.
    #[must_use]
    pub fn with_checker(mut self, checker: Arc<dyn Checker>) -> Self {
        self.checker = Some(checker);
        self
    }

    /// Telling what happens while this coordinator leads.
    #[must_use]
    pub fn with_reporter(mut self, reporter: Reporter) -> Self {
        self.reporter = Some(reporter);
        self
    }

    /// Begins a session under these names, and answers with its id. All or nothing: on an
    /// error there is no session, or the one that was there. [`run`](Self::run) leads it.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Running`] where one runs here that is not over;
    /// [`RuntimeError::Start`]; those of the store.
    pub async fn begin(&self, start: Start) -> Result<String, RuntimeError> {
        let machine = Machine::new(start.clone())?;
        let mut shelf = self.shelf();
        let found = shelf.load().await?;
        let opts = match &found {
            Some((kept, _)) if !kept.is_over => {
                return Err(RuntimeError::Running {
                    session: kept.session.clone(),
                    objective: kept.objective.clone(),
                });
            }
            Some((_, version)) => SaveOptions::default().if_version(*version),
            None => SaveOptions::default().if_absent(),
        };
        let (session, kept) = Kept::of(&machine)?;
        let mut record = self.open_record()?;
        match shelf.save(&kept, &opts).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Conflict => {
                return Err(match shelf.load().await? {
                    Some((kept, _)) => RuntimeError::Running {
                        session: kept.session,
                        objective: kept.objective,
                    },
                    None => RuntimeError::Documents { key: self.keys.snapshot.clone(), source: error },
                });
            }
            Err(source) => {
                return Err(RuntimeError::Documents { key: self.keys.snapshot.clone(), source });
            }
        }
        if let Some(record) = &mut record {
            record.start(&start)?;
        }
        Ok(session)
    }

    /// Begins a session in the place of the one that is there, whether that is over or not. Who
    /// still leads that one can save nothing any more, and stands by for this one.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Start`]; those of the store.
    pub async fn replace(&self, start: Start) -> Result<String, RuntimeError> {
        let machine = Machine::new(start.clone())?;
        let failed = |key: &StateKey| {
            let key = key.clone();
            move |source| RuntimeError::Documents { key, source }
        };
        let (lease, term) = (&self.keys.lease, &self.keys.term);
        let any = SaveOptions::default();
        let nobody = Document::text("{}");
        self.documents.save(term, nobody, any.clone()).await.map_err(failed(term))?;
        let (session, kept) = Kept::of(&machine)?;
        let mut record = self.open_record()?;
        let saved = self.shelf().save(&kept, &any).await;
        saved.map_err(failed(&self.keys.snapshot))?;
        self.documents.delete(lease, None).await.map_err(failed(lease))?;
        if let Some(record) = &mut record {
            record.start(&start)?;
        }
        Ok(session)
    }

    /// Whether there is a session to go on with: its id and what it is for.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn unfinished(&self) -> Result<Option<(String, String)>, RuntimeError> {
        let found = self.shelf().load().await?;
        let open = found.filter(|(kept, _)| !kept.is_over);
        Ok(open.map(|(kept, _)| (kept.session, kept.objective)))
    }

    /// Leads the session, or stands by for whoever does, until it is over; `None` where the
    /// shutdown came before that. What it leads is handed over then, at once.
    ///
    /// A store or a transport that cannot be reached is waited for.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Nothing`] where there is no session; what waiting does not cure.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it leads no more; what it has accepted is kept. Its lease is not given back,
    /// so the next coordinator leads when that lapses.
    pub async fn run(&self, shutdown: &Shutdown) -> Result<Option<Ended>, RuntimeError> {
        let mut told = self.told.lock().await;
        let mut rest = REST.0;
        let mut stands_by = false;
        loop {
            match self.turn(shutdown, &mut told).await {
                Ok(Look::Ended(ended)) => return Ok(Some(*ended)),
                Ok(Look::HandedOver) => return Ok(None),
                Ok(Look::Lost) => {
                    tracing::warn!("this coordinator leads no more, and stands by");
                    rest = REST.0;
                }
                Ok(Look::Follows(name)) => {
                    if !std::mem::replace(&mut stands_by, true) {
                        tracing::info!(leader = name, "this coordinator stands by");
                    }
                    rest = self.options.lease / 3;
                }
                Err(error) if error.is_retryable() => {
                    tracing::warn!(%error, "the coordinator cannot go on yet, trying again");
                    rest = (rest * 2).min(REST.1);
                }
                Err(error) => return Err(error),
            }
            tokio::select! {
                () = shutdown.draining() => return Ok(None),
                () = sleep(rest) => {}
            }
        }
    }

    /// Tells the coordinator something from the program around it, and waits until it is kept.
    /// `false` where it does not lead any more: whoever does must be told by a message.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it is told or not.
    pub async fn tell(&self, input: Input) -> bool {
        self.tell_all(vec![input]).await
    }

    /// The same of several things, in their order, kept together.
    ///
    /// # Cancel safety
    ///
    /// Dropped, all of them are told or none.
    pub async fn tell_all(&self, inputs: Vec<Input>) -> bool {
        let (answer, kept) = oneshot::channel();
        self.tell.send((inputs, answer)).await.is_ok() && kept.await.is_ok()
    }

    /// Lets it look at the log of the tasks now: for who has just changed one.
    pub fn hurry(&self) {
        self.stirred.notify_one();
    }

    async fn turn(
        &self,
        shutdown: &Shutdown,
        told: &mut mpsc::Receiver<Told>,
    ) -> Result<Look, RuntimeError> {
        let mut shelf = self.shelf();
        let Some((kept, _)) = shelf.load().await? else { return Err(RuntimeError::Nothing) };
        if kept.is_over {
            return self.ended(&kept).await;
        }
        let who = (self.options.name.as_str(), self.options.lease, self.options.clock.now());
        let taken = Leadership::take(&self.documents, &self.keys, who, &*self.options.ids).await;
        let key = &self.keys.lease;
        let leadership = match taken {
            Ok(Try::Leads(leadership)) => leadership,
            Ok(Try::Follows(name)) => return Ok(Look::Follows(name)),
            Err(source) if is_passing(&source) => {
                tracing::warn!(error = %source, "the lease of the coordinator is not taken yet");
                return Ok(Look::Lost);
            }
            Err(source) => return Err(RuntimeError::Documents { key: key.clone(), source }),
        };
        // Only now: before, another leader might have saved since.
        let Some((kept, _)) = shelf.load().await? else { return Err(RuntimeError::Nothing) };
        if kept.is_over {
            leadership.resign().await;
            return self.ended(&kept).await;
        }
        self.lead(leadership, shelf, kept, shutdown, told).await
    }

    async fn lead(
        &self,
        leadership: Leadership,
        shelf: Shelf,
        kept: Kept,
        shutdown: &Shutdown,
        told: &mut mpsc::Receiver<Told>,
    ) -> Result<Look, RuntimeError> {
        tracing::info!(epoch = leadership.epoch(), session = kept.session, "this coordinator leads");
        let prepared = async {
            let mut ear = Ear::new(Arc::clone(&self.transport), &self.options, kept.heard.clone());
            ear.open().await?;
            let machine = Machine::restore(&kept.machine)?;
            let tasks = self.task_log(&machine, kept.tasks);
            Ok::<_, RuntimeError>((ear, machine, tasks, self.open_record()?))
        };
        let (ear, machine, tasks, record) = match prepared.await {
            Ok(prepared) => prepared,
            Err(error) => {
                leadership.resign().await;
                return Err(error);
            }
        };
        let tools = self.tools(&kept, &leadership);
        let session = kept.session.clone();
        let driver = Driver {
            options: &self.options,
            keys: self.keys.clone(),
            documents: Arc::clone(&self.documents),
            shelf,
            leadership,
            machine,
            kept,
            ear,
            tasks,
            record,
            told,
            stirred: Arc::clone(&self.stirred),
            state: State::default(),
        };
        match driver.lead(tools, shutdown).await? {
            Turn::Over(end) => {
                let completed = self.completed(&session).await;
                Ok(Look::Ended(Box::new(Ended { session, end, completed })))
            }
            Turn::Lost => Ok(Look::Lost),
            Turn::HandedOver => Ok(Look::HandedOver),
        }
    }

    fn task_log(&self, machine: &Machine, cursor: Option<Cursor>) -> Option<TaskLog> {
        let tasks = Arc::clone(self.tasks.as_ref()?);
        Some(TaskLog::new(tasks, &self.options, machine.objective(), cursor))
    }

    fn tools(&self, kept: &Kept, leadership: &Leadership) -> Tools {
        Tools {
            session: kept.session.clone(),
            namespace: self.options.namespace.clone(),
            keys: self.keys.clone(),
            documents: Arc::clone(&self.documents),
            tasks: self.tasks.clone(),
            transport: Arc::clone(&self.transport),
            codec: self.options.codec,
            ids: Arc::clone(&self.options.ids),
            clock: Arc::clone(&self.options.clock),
            checker: self.checker.clone(),
            reporter: self.reporter.clone(),
            guarded: leadership.guarded(),
            status: STATUS.max(self.options.pace.documents * 3),
            message_ttl: self.options.message_ttl,
            store_patterns: self.options.store_patterns,
        }
    }

    async fn ended(&self, kept: &Kept) -> Result<Look, RuntimeError> {
        let machine = Machine::restore(&kept.machine)?;
        let Some(end) = machine.end().cloned() else { return Err(RuntimeError::Nothing) };
        let (session, completed) = (kept.session.clone(), self.completed(&kept.session).await);
        Ok(Look::Ended(Box::new(Ended { session, end, completed })))
    }

    async fn completed(&self, session: &str) -> Option<Json> {
        let key = self.keys.document(&Doc::Completed, session).ok()?;
        match self.documents.load(&key).await.ok()??.value {
            Document::Text(text) => Json::from_text(std::str::from_utf8(&text).ok()?).ok(),
            _ => None,
        }
    }

    fn shelf(&self) -> Shelf {
        Shelf::new(Arc::clone(&self.documents), self.keys.clone())
    }

    fn open_record(&self) -> Result<Option<Record>, RuntimeError> {
        self.options.record.as_deref().map(Record::open).transpose()
    }
}

/// What came of one try to lead.
enum Look {
    Ended(Box<Ended>),
    Follows(String),
    Lost,
    HandedOver,
}
