//! One term of one leader: inputs in, the snapshot saved, effects out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::Timestamp;
use popkit_store::{SaveOptions, StateKey, StateStore};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::error::RuntimeError;
use super::hands::{Hands, Order, Tools};
use super::hear::{Ear, Heap};
use super::kept::{Kept, Shelf};
use super::keys::Keys;
use super::leader::{Leadership, is_fenced, is_passing};
use super::options::CoordinatorOptions;
use super::record::Record;
use super::tasks::TaskLog;
use crate::Shutdown;
use crate::machine::{Action, Effect, End, Entry, Input, Machine};

/// Changes that nobody was told of are saved after so long.
const SAVE_EVERY: Duration = Duration::from_secs(5);
/// The longest rest between two looks at the machine's own clock.
const TICK: Duration = Duration::from_secs(5);
/// The rests between tries to save.
const REST: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Something that the program around the coordinator tells it, and whom to tell that it is kept.
pub(super) type Told = (Vec<Input>, oneshot::Sender<()>);

/// How a term ended.
#[derive(Debug)]
pub(super) enum Turn {
    /// The session is over.
    Over(End),
    /// Somebody else may lead now.
    Lost,
    /// It was handed over.
    HandedOver,
}

/// One leader at work.
pub(super) struct Driver<'c> {
    pub(super) options: &'c CoordinatorOptions,
    pub(super) keys: Keys,
    pub(super) documents: Arc<dyn StateStore>,
    pub(super) shelf: Shelf,
    pub(super) leadership: Leadership,
    pub(super) machine: Machine,
    pub(super) kept: Kept,
    pub(super) ear: Ear,
    pub(super) tasks: Option<TaskLog>,
    pub(super) record: Option<Record>,
    pub(super) told: &'c mut mpsc::Receiver<Told>,
    /// Somebody says that there is news in the log of the tasks.
    pub(super) stirred: Arc<Notify>,
    pub(super) state: State,
}

/// What changes while a leader is at work.
#[derive(Default)]
pub(super) struct State {
    pub(super) inputs: Vec<Input>,
    answers: Vec<oneshot::Sender<()>>,
    effects: Vec<Effect>,
    entries: Vec<Entry>,
    /// Since when something is not saved.
    unsaved: Option<Instant>,
    /// When the machine was last told that time has passed.
    ticked_at: Option<Instant>,
    /// When it was looked whether questions are decided.
    pub(super) looked_at: Option<Instant>,
}

/// When the lease must be renewed, and when it must be taken for lost.
struct Lease {
    renew_at: Instant,
    expires_at: Instant,
}

/// Why nothing more can be done in this term.
enum Halt {
    Lost,
    Broken(RuntimeError),
}

impl From<RuntimeError> for Halt {
    fn from(error: RuntimeError) -> Self {
        Self::Broken(error)
    }
}

impl Driver<'_> {
    /// Leads until the session is over, the lease is lost, or the shutdown begins.
    pub(super) async fn lead(
        mut self,
        tools: Tools,
        shutdown: &Shutdown,
    ) -> Result<Turn, RuntimeError> {
        let (orders, taken) = mpsc::unbounded_channel();
        let (done, mut confirmed) = mpsc::unbounded_channel();
        let mut hands = JoinSet::new();
        hands.spawn(Hands::new(tools, done).work(taken));
        let turn = self.work(&orders, &mut confirmed, &mut hands, shutdown).await;
        // What was told and not kept is answered: it is not.
        self.state.answers.clear();
        drop(orders);
        // What hands have begun ends with them; what is not confirmed is done again.
        hands.shutdown().await;
        match turn {
            Ok(turn) => {
                self.leadership.resign().await;
                Ok(turn)
            }
            Err(Halt::Lost) => {
                // Where it is another's it stays so.
                self.leadership.resign().await;
                Ok(Turn::Lost)
            }
            Err(Halt::Broken(error)) => {
                self.leadership.resign().await;
                Err(error)
            }
        }
    }

    async fn work(
        &mut self,
        orders: &mpsc::UnboundedSender<Order>,
        confirmed: &mut mpsc::UnboundedReceiver<Input>,
        hands: &mut JoinSet<()>,
        shutdown: &Shutdown,
    ) -> Result<Turn, Halt> {
        self.begin(orders).await?;
        let now = Instant::now();
        let every = self.leadership.every();
        let mut lease = Lease { renew_at: now + every, expires_at: now + self.options.lease };
        loop {
            if let Some(end) = self.machine.end().cloned()
                && self.machine.pending().next().is_none()
            {
                self.kept.is_over = true;
                self.save(orders).await?;
                return Ok(Turn::Over(end));
            }
            let (wake_at, save_at) = (self.wake_at(), self.save_at());
            let (mut heap, mut ends) = (Heap::default(), false);
            tokio::select! {
                biased;
                () = shutdown.draining() => ends = true,
                () = sleep_until(lease.renew_at) => self.renew(&mut lease).await?,
                ended = hands.join_next(), if !hands.is_empty() => {
                    if let Some(Err(error)) = ended {
                        tracing::error!(%error, "the effects of a session ended in a panic");
                    }
                    return Err(Halt::Lost);
                }
                Some(input) = confirmed.recv() => {
                    self.state.inputs.push(input);
                    while let Ok(input) = confirmed.try_recv() {
                        self.state.inputs.push(input);
                    }
                }
                Some((mut inputs, answer)) = self.told.recv() => {
                    self.state.inputs.append(&mut inputs);
                    self.state.answers.push(answer);
                    while let Ok((mut inputs, answer)) = self.told.try_recv() {
                        self.state.inputs.append(&mut inputs);
                        self.state.answers.push(answer);
                    }
                }
                heard = self.ear.hear(&mut heap) => heard?,
                () = self.stirred.notified(), if self.tasks.is_some() => {
                    if let Some(tasks) = &mut self.tasks {
                        tasks.now();
                    }
                }
                () = due(self.tasks.as_ref()) => {
                    if let Some(tasks) = &mut self.tasks {
                        let mut news = tasks.look().await.map_err(RuntimeError::Tasks)?;
                        self.state.inputs.append(&mut news);
                    }
                }
                () = sleep_until(wake_at) => {}
                // What it is for is seen to below.
                () = sleep_until(save_at) => {}
            }
            // Whatever woke it: what was heard meanwhile counts as read.
            if heap.has_news()
                && let Some(tasks) = &mut self.tasks
            {
                tasks.hurry();
            }
            self.state.inputs.append(&mut heap.take());
            self.decisions(heap.decided).await;
            // Also where something else was ready each time.
            if Instant::now() >= wake_at {
                self.state.ticked_at = Some(Instant::now());
                self.state.inputs.push(Input::Tick);
            }
            self.handle();
            if ends {
                self.save(orders).await?;
                return Ok(Turn::HandedOver);
            }
            self.settle(orders).await?;
        }
    }

    async fn renew(&mut self, lease: &mut Lease) -> Result<(), Halt> {
        lease.renew_at = Instant::now() + self.leadership.every();
        match self.leadership.renew().await {
            Ok(true) => lease.expires_at = lease.renew_at + self.leadership.every() * 2,
            Ok(false) => return Err(Halt::Lost),
            Err(error) if is_passing(&error) && Instant::now() < lease.expires_at => {
                tracing::warn!(%error, "the lease of the coordinator is not renewed yet");
                lease.renew_at = Instant::now() + self.leadership.every() / 4;
            }
            Err(error) if is_passing(&error) => return Err(Halt::Lost),
            Err(source) => return Err(self.failed(&self.keys.lease, source)),
        }
        Ok(())
    }

    /// The first inputs of a term.
    async fn begin(&mut self, orders: &mpsc::UnboundedSender<Order>) -> Result<(), Halt> {
        self.state.inputs.push(Input::Lead { epoch: self.leadership.epoch() });
        self.handle();
        // A notice may have been read and not been acted on.
        self.look_at_all().await;
        self.handle();
        self.save(orders).await
    }

    fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// When the machine wants to know the time.
    fn wake_at(&self) -> Instant {
        let now = self.now();
        let wanted = self.machine.next_wakeup().map_or(TICK, |at| at.since(now)).min(TICK);
        // However much comes in between: what hangs on the time must not wait for silence.
        let latest = self.state.ticked_at.map(|at| at + TICK);
        (Instant::now() + wanted).min(latest.unwrap_or_else(Instant::now))
    }

    /// Gives the machine what has come in.
    fn handle(&mut self) {
        for input in std::mem::take(&mut self.state.inputs) {
            let now = self.now();
            if self.record.is_some() {
                self.state.entries.push(self.machine.entry(now, input.clone()));
            }
            self.machine.handle(now, input, &mut self.state.effects);
            self.state.unsaved.get_or_insert_with(Instant::now);
        }
    }

    /// When what may wait is to be saved.
    fn save_at(&self) -> Instant {
        let now = Instant::now();
        let Some(since) = self.state.unsaved else { return now + SAVE_EVERY.max(TICK) };
        match self.state.effects.is_empty() {
            true => since + SAVE_EVERY.max(self.options.pace.documents),
            false => since + self.options.pace.documents,
        }
    }

    /// Saves where something is to be done that cannot wait, somebody waits for it, or it is
    /// time.
    async fn settle(&mut self, orders: &mpsc::UnboundedSender<Order>) -> Result<(), Halt> {
        let is_time = self.state.unsaved.is_some() && Instant::now() >= self.save_at();
        let is_urgent = self.state.effects.iter().any(is_urgent) || self.machine.end().is_some();
        if is_time || is_urgent || !self.state.answers.is_empty() {
            self.save(orders).await?;
        }
        Ok(())
    }

    async fn save(&mut self, orders: &mpsc::UnboundedSender<Order>) -> Result<(), Halt> {
        self.kept.machine = self.machine.snapshot().map_err(RuntimeError::Snapshot)?;
        self.kept.heard = self.ear.cursor();
        self.kept.tasks = self.tasks.as_ref().and_then(TaskLog::cursor);
        (self.kept.since, self.kept.newest) = (self.ear.since(), Some(self.ear.newest()));
        // The record first: what is in it and was not saved is overwritten by the next leader,
        // what was saved and is not in it would be a gap.
        let (epoch, entries) = (self.leadership.epoch(), std::mem::take(&mut self.state.entries));
        if let Some(Err(error)) = self.record.as_mut().map(|record| record.entries(epoch, &entries))
        {
            tracing::warn!(%error, "the session goes on and is not recorded any more");
            self.record = None;
        }
        let opts = self.leadership.guarded();
        self.keep(&opts).await?;
        self.state.unsaved = None;
        for answer in self.state.answers.drain(..) {
            // Whoever asked may have gone.
            let _ = answer.send(());
        }
        // A save that a later one has replaced is not pending any more.
        let pending: BTreeSet<_> = self.machine.pending().map(|effect| effect.id).collect();
        for effect in self.state.effects.drain(..).filter(|effect| pending.contains(&effect.id)) {
            let content = match &effect.action {
                Action::Save(doc) => self.machine.document(doc),
                _ => None,
            };
            // Hands that are gone are noticed by the loop.
            let _ = orders.send(Order { effect, content });
        }
        Ok(())
    }

    /// Saves until it is saved, or the lease must be taken for lost.
    async fn keep(&mut self, opts: &SaveOptions) -> Result<(), Halt> {
        let gives_up_at = Instant::now() + self.options.lease;
        let mut rest = REST.0;
        loop {
            match self.shelf.save(&self.kept, opts).await {
                Ok(()) => return Ok(()),
                Err(error) if is_fenced(&error) => return Err(Halt::Lost),
                Err(error) if is_passing(&error) && Instant::now() < gives_up_at => {
                    tracing::warn!(%error, "the session is not saved yet, trying again");
                    tokio::time::sleep(rest.max(error.retry_after().unwrap_or_default())).await;
                    rest = (rest * 2).min(REST.1);
                }
                Err(error) if is_passing(&error) => return Err(Halt::Lost),
                Err(source) => return Err(self.failed(&self.keys.snapshot, source)),
            }
        }
    }

    fn failed(&self, key: &StateKey, source: popkit_store::Error) -> Halt {
        Halt::Broken(RuntimeError::Documents { key: key.clone(), source })
    }
}

/// Whether an effect is more than a change of a document.
fn is_urgent(effect: &Effect) -> bool {
    !matches!(effect.action, Action::Save(_) | Action::Record { .. } | Action::DeadLetter(_))
}

async fn due(tasks: Option<&TaskLog>) {
    match tasks {
        Some(tasks) => tasks.is_due().await,
        None => std::future::pending().await,
    }
}
