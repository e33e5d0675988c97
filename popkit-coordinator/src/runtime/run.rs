//! Leading a session, standing by, learning how it ended.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Cursor, Json};
use popkit_store::Document;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use super::coordinator::{Coordinator, Ended, Stands};
use super::driver::{Driver, State, Told, Turn};
use super::error::RuntimeError;
use super::hands::Tools;
use super::hear::Ear;
use super::kept::{Kept, Shelf};
use super::leader::{Leadership, Try, is_passing};
use super::tasks::TaskLog;
use crate::Shutdown;
use crate::machine::{Doc, Machine};

/// The rests between tries where the store cannot be reached.
const REST: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// A status that is not renewed is gone after so long: three times the machine's 15 s.
const STATUS: Duration = Duration::from_secs(45);

impl Coordinator {
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
        let _aside = Aside(&self.stands);
        let mut rest = REST.0;
        let mut stands_by = false;
        loop {
            let begun = Instant::now();
            let turn = self.turn(shutdown, &mut told).await;
            // Nobody takes what was told meanwhile; dropped, it is answered so.
            self.stands.send_replace(Stands::Aside);
            while told.try_recv().is_ok() {}
            match turn {
                Ok(Look::Ended(ended)) => return Ok(Some(*ended)),
                Ok(Look::HandedOver) => return Ok(None),
                Ok(Look::Lost) => {
                    tracing::warn!("this coordinator leads no more, and stands by");
                    // One that loses each term at once must not spin.
                    rest = if begun.elapsed() > self.options.lease { REST.0 } else { rest * 2 };
                    rest = rest.min(REST.1);
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
        tracing::info!(
            epoch = leadership.epoch(),
            session = kept.session,
            "this coordinator leads"
        );
        let prepared = async {
            let mut ear = Ear::new(
                Arc::clone(&self.transport),
                &self.options,
                kept.heard.clone(),
                (kept.since, kept.newest),
            );
            ear.open().await?;
            let machine = Machine::restore(&kept.machine)?;
            let tasks = self.task_log(&machine, kept.tasks);
            let record = self.open_record().unwrap_or_else(|error| {
                tracing::warn!(%error, "the session goes on and is not recorded");
                None
            });
            Ok::<_, RuntimeError>((ear, machine, tasks, record))
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
        self.stands.send_replace(Stands::Leads);
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
}

/// Says that a coordinator stands aside once it is not run any more, however that ends.
struct Aside<'c>(&'c watch::Sender<Stands>);

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        self.0.send_replace(Stands::Aside);
    }
}

/// What came of one try to lead.
enum Look {
    Ended(Box<Ended>),
    Follows(String),
    Lost,
    HandedOver,
}
