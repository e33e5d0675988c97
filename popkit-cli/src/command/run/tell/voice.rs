//! Beginning, and catching up at the end.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_protocol::message::{Object, ObjectiveUpdate};
use popkit_protocol::{Clock as _, Message, Namespace as Session, SystemClock};
use popkit_store::{Opened, TaskStore};
use popkit_transport::Transport;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::beat::{Beating, Counts, beat, progress, say};
use super::failures::Failures;
use super::news::tell;
use crate::command::run::begin::{Place, Ready};
use crate::command::run::report::{Outcome, Report};
use crate::command::run::tempo::Tempo;
use crate::error::CliError;
use crate::messages::Scoped;

/// How long the last messages may take. What is left is told by the next run.
const LAST: Duration = Duration::from_secs(5);

/// Where messages go, and where they come from.
#[derive(Debug, Clone)]
pub(super) struct Station {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) session: Session,
    pub(super) tasks: Arc<dyn TaskStore>,
    pub(super) tempo: Tempo,
}

/// What a run tells others. Without one it is silent.
#[derive(Debug)]
pub(in super::super) struct Voice {
    station: Station,
    shutdown: Shutdown,
    failures: Failures,
    tellers: JoinSet<()>,
}

impl Voice {
    /// Opens the messages of a run.
    ///
    /// Those of its own room it can do without: why they cannot be opened is told by `warn`.
    ///
    /// # Errors
    ///
    /// A transport that was asked for and cannot be opened.
    pub(in super::super) async fn open(
        place: &Place,
        warn: impl FnOnce(&str),
    ) -> Result<Option<Arc<dyn Transport>>, CliError> {
        match place.messages.open_or_make().await {
            Ok(transport) => Ok(Some(transport)),
            Err(error) if place.messages.is_given() => Err(error),
            Err(error) => {
                warn(&format!("this run sends no messages: {error}"));
                Ok(None)
            }
        }
    }

    /// Begins to tell.
    pub(in super::super) fn start(
        transport: Arc<dyn Transport>,
        (place, ready): (&Place, &Ready),
        store: &Opened,
    ) -> Self {
        let (session, tasks) = (place.messages.session.clone(), Arc::clone(&store.tasks));
        let station = Station { transport, session, tasks, tempo: Tempo::of(place) };
        let scope = place.messages.scope(&place.store());
        let documents = Scoped::of(Arc::clone(&store.documents), &scope);
        let members = ready.crew.members.iter();
        let beating = Beating {
            agents: members.map(|member| member.profile.agent().clone()).collect(),
            since: SystemClock.now(),
            run: format!("{}-{}", ready.plan.name, std::process::id()),
            counts: place.is_own,
        };
        let (shutdown, failures) = (Shutdown::new(), Failures::default());
        let mut tellers = JoinSet::new();
        tellers.spawn(tell(station.clone(), documents, shutdown.clone(), failures.clone()));
        tellers.spawn(beat(station.clone(), beating, shutdown.clone(), failures.clone()));
        Self { station, shutdown, failures, tellers }
    }

    /// Tells the rest, and how the run ended; within a few seconds, or until `hurry`
    /// completes.
    pub(in super::super) async fn end(
        mut self,
        report: Option<&Report>,
        hurry: impl Future<Output = ()>,
    ) {
        self.shutdown.drain();
        let rest = async {
            while self.tellers.join_next().await.is_some() {}
            if let Some(report) = report {
                self.last_word(report).await;
            }
            // What was published is kept anyway.
            let _ = self.station.transport.close().await;
        };
        tokio::select! {
            ended = timeout(LAST, rest) => {
                if ended.is_err() {
                    tracing::warn!("not all news were published; the next run does that");
                }
            }
            () = hurry => {}
        }
    }

    /// `OBJECTIVE_UPDATE` where the plan is complete, else `PROGRESS`.
    async fn last_word(&self, report: &Report) {
        let post = self.station.post();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let done = count(report.counts.done + report.counts.skipped);
        let (total, failed) = (count(report.counts.total), count(report.counts.failed));
        let counts = Counts { total, done, running: 0, failed };
        if report.outcome != Outcome::Done {
            return progress(&post, &counts, &self.failures).await;
        }
        let text = format!("{}: {done} of {total} done", report.plan);
        let told = Told { text, success: true, counts };
        let summary = Object::encode(&told).unwrap_or_default();
        let message = Message::ObjectiveUpdate(ObjectiveUpdate::complete(summary));
        say(&post, message, &self.failures).await;
    }
}

/// The summary of a plan that is complete.
#[derive(Debug, Serialize)]
struct Told {
    text: String,
    success: bool,
    #[serde(flatten)]
    counts: Counts,
}
