//! What a worker tells its session: what it works on, and how its tasks end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use popkit_protocol::{LeaseToken, Outcome, Task, TaskId, TaskState};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::agent::handle::{Busy, Report};
use crate::agent::{AgentError, AgentHandle};

/// How long one result may take to be sent; the store has it anyway.
const LONGEST: Duration = Duration::from_secs(5);

/// The session of one run of a worker, shared by its slots and the contexts of its tasks.
#[derive(Debug, Clone)]
pub(crate) struct Telling {
    pub(crate) session: AgentHandle,
    running: Arc<Mutex<Vec<Running>>>,
    results: UnboundedSender<Ended>,
}

#[derive(Debug)]
struct Running {
    token: LeaseToken,
    title: String,
    progress: f64,
    _busy: Busy,
}

/// A task that ended.
pub(super) type Ended = (TaskId, Report);

impl Telling {
    pub(super) fn new(session: AgentHandle) -> (Self, UnboundedReceiver<Ended>) {
        let (results, ended) = unbounded_channel();
        (Self { session, running: Arc::default(), results }, ended)
    }

    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begins(&self, token: &LeaseToken, task: &Task) {
        let title = match task.spec.title.as_str() {
            "" => task.id().to_string(),
            title => title.to_owned(),
        };
        let _busy = self.session.busy();
        self.running().push(Running { token: token.clone(), title, progress: 0.0, _busy });
        self.show();
    }

    pub(crate) fn progress(&self, token: &LeaseToken, share: f64) {
        for running in self.running().iter_mut().filter(|running| running.token == *token) {
            running.progress = share;
        }
        self.show();
    }

    pub(super) fn stops(&self, token: &LeaseToken) {
        self.running().retain(|running| running.token != *token);
        self.show();
    }

    /// A heartbeat tells of one task: the one that was begun last.
    fn show(&self) {
        match self.running().last() {
            Some(running) => {
                self.session.works_on(&running.title);
                self.session.progress(running.progress);
            }
            None => self.session.rests(),
        }
    }

    /// The store took an outcome. Only the end of a task is told.
    pub(super) fn ended(&self, task: TaskId, outcome: &Outcome, state: TaskState) {
        if !state.is_terminal() {
            return;
        }
        let report = match outcome {
            Outcome::Done { .. } => Report::done(),
            Outcome::Retry { error, .. } | Outcome::Fail { error } => {
                Report::failed(error.text.as_str())
            }
            Outcome::Cancel { reason } => {
                Report::failed(reason.as_deref().unwrap_or("it was cancelled"))
            }
            _ => return,
        };
        // Nobody listens where the worker was dropped.
        let _ = self.results.send((task, report));
    }
}

/// Sends the results, until all slots have ended and the last is sent.
pub(super) async fn tell(
    telling: Option<&Telling>,
    results: Option<UnboundedReceiver<Ended>>,
    slots_ended: &CancellationToken,
) {
    let Some((telling, mut results)) = telling.zip(results) else { return };
    loop {
        let next = tokio::select! {
            biased;
            next = results.recv() => next,
            () = slots_ended.cancelled() => return,
        };
        let Some((task, report)) = next else { return };
        let told = timeout(LONGEST, telling.session.result(&task, report)).await;
        let error = match told {
            Ok(Ok(_)) => continue,
            // After the last of all there is nobody who would listen.
            Ok(Err(AgentError::Left { .. })) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it took longer than 5 s".to_owned(),
        };
        tracing::warn!(%task, error, "the session was not told of a result");
    }
}
