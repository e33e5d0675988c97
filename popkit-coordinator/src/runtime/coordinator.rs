//! What a coordinator is: beginning a session, telling it something.

use std::fmt;
use std::sync::Arc;

use popkit_protocol::Json;
use popkit_store::{Document, ErrorKind, SaveOptions, StateKey, StateStore, TaskStore};
use popkit_transport::Transport;
use tokio::sync::{Mutex, Notify, mpsc, oneshot, watch};

use super::driver::Told;
use super::error::RuntimeError;
use super::kept::{Kept, Shelf};
use super::keys::Keys;
use super::options::CoordinatorOptions;
use super::record::Record;
use crate::checks::Checker;
use crate::machine::{End, Event, Input, Machine, Start};

/// How often a place is taken that others take at the same time.
const TRIES: usize = 8;
/// Documents of an earlier session that are removed before another takes its place.
const LEFT: usize = 1000;
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
    pub(super) documents: Arc<dyn StateStore>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) tasks: Option<Arc<dyn TaskStore>>,
    pub(super) checker: Option<Arc<dyn Checker>>,
    pub(super) reporter: Option<Reporter>,
    pub(super) options: CoordinatorOptions,
    pub(super) keys: Keys,
    tell: mpsc::Sender<Told>,
    pub(super) told: Mutex<mpsc::Receiver<Told>>,
    pub(super) stirred: Arc<Notify>,
    pub(super) stands: watch::Sender<Stands>,
}

/// What a coordinator does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// It has not begun, or tries to lead.
    Begins,
    Leads,
    /// It stands by, or has ended.
    Aside,
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
        let (stirred, stands) = (Arc::default(), watch::Sender::new(Stands::Begins));
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
            stands,
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
        // Said before anything is there, where it cannot be recorded at all.
        self.open_record()?;
        match shelf.save(&kept, &opts).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Conflict => {
                return Err(match shelf.load().await? {
                    Some((kept, _)) => {
                        RuntimeError::Running { session: kept.session, objective: kept.objective }
                    }
                    None => {
                        RuntimeError::Documents { key: self.keys.snapshot.clone(), source: error }
                    }
                });
            }
            Err(source) => {
                return Err(RuntimeError::Documents { key: self.keys.snapshot.clone(), source });
            }
        }
        self.record_start(&start);
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
        let (session, kept) = Kept::of(&machine)?;
        for _ in 0..TRIES {
            if self.take_place(&kept).await? {
                self.record_start(&start);
                return Ok(session);
            }
        }
        let (key, why) =
            (self.keys.snapshot.clone(), "other coordinators take the lease each time");
        Err(RuntimeError::Damaged { key, reason: why.to_owned() })
    }

    /// Puts a session in the place of what is there, under a term that ends all others; `false`
    /// where somebody else began one meanwhile.
    async fn take_place(&self, kept: &Kept) -> Result<bool, RuntimeError> {
        let failed = |key: &StateKey| {
            let key = key.clone();
            move |source| RuntimeError::Documents { key, source }
        };
        let (lease, term) = (&self.keys.lease, &self.keys.term);
        let mut shelf = self.shelf();
        // Which parts are in use must be known; what they say need not be.
        let _ = shelf.load().await;
        let nobody = Document::text("{}");
        let written = self.documents.save(term, nobody, SaveOptions::default()).await;
        let guard = SaveOptions::default().guard(term.clone(), written.map_err(failed(term))?);
        match shelf.save(kept, &guard).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Conflict => return Ok(false),
            Err(source) => return Err(failed(&self.keys.snapshot)(source)),
        }
        for prefix in [Keys::STATES, Keys::DECISIONS] {
            let found = self.documents.list(prefix, None, LEFT).await.map_err(failed(term))?;
            for (key, _) in found.items {
                self.documents.delete(&key, None).await.map_err(failed(&key))?;
            }
        }
        self.documents.delete(lease, None).await.map_err(failed(lease))?;
        Ok(true)
    }

    /// Writes with what a session begins. A session goes on without its record.
    fn record_start(&self, start: &Start) {
        let written = self.open_record().and_then(|record| match record {
            Some(mut record) => record.start(start),
            None => Ok(()),
        });
        if let Err(error) = written {
            tracing::warn!(%error, "the session begins and is not recorded");
        }
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

    /// Tells the coordinator something from the program around it, and waits until it is kept,
    /// or first until [`run`](Self::run) leads. `false` where another coordinator leads, or none
    /// any more: then it is not kept, and whoever leads must be told by a message.
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
        let mut stands = self.stands.subscribe();
        let Ok(now) = stands.wait_for(|now| *now != Stands::Begins).await.map(|now| *now) else {
            return false;
        };
        if now == Stands::Aside {
            return false;
        }
        let (answer, kept) = oneshot::channel();
        tokio::select! {
            is_kept = async {
                self.tell.send((inputs, answer)).await.is_ok() && kept.await.is_ok()
            } => is_kept,
            _ = stands.wait_for(|now| *now == Stands::Aside) => false,
        }
    }

    /// Lets it look at the log of the tasks now: for who has just changed one.
    pub fn hurry(&self) {
        self.stirred.notify_one();
    }

    pub(super) fn shelf(&self) -> Shelf {
        Shelf::new(Arc::clone(&self.documents), self.keys.clone())
    }

    pub(super) fn open_record(&self) -> Result<Option<Record>, RuntimeError> {
        self.options.record.as_deref().map(Record::open).transpose()
    }
}
