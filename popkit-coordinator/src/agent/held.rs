//! The tasks that one process holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use popkit_protocol::{Json, LeaseToken, Progress, TaskId, TaskState};
use popkit_store::Beat;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Why an attempt has to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// The task was cancelled.
    Cancelled,
    /// The lease is lost, or could not be renewed in time.
    LeaseLost,
    /// The attempt ran longer than the task allows.
    TimedOut,
    /// No progress was reported in time.
    Stalled,
    /// The worker shuts down.
    Shutdown,
}

/// One held task, shared by its context, the slot that executes it and the heartbeat.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) token: LeaseToken,
    news: Mutex<News>,
    stop: CancellationToken,
    reason: OnceLock<StopReason>,
    /// Until when this process may work on it, by its own monotonic clock.
    deadline: watch::Sender<Instant>,
    state: watch::Sender<TaskState>,
    kick: Arc<Notify>,
    answered: Notify,
    progress_every: Option<Duration>,
}

/// News stay until a heartbeat that carried them was answered.
#[derive(Debug)]
struct News {
    progress: Option<Progress>,
    checkpoint: Option<Json>,
    moved: Instant,
    /// How often it was paused: tells an answer from before a pause from one after it.
    pauses: u64,
    /// The agent is through; what is left is to report.
    over: bool,
}

/// What one heartbeat says of one task.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) held: Arc<Held>,
    pub(crate) beat: Beat,
    pauses: u64,
}

impl Held {
    pub(crate) fn new(
        token: LeaseToken,
        state: TaskState,
        deadline: Instant,
        progress_every: Option<Duration>,
        kick: Arc<Notify>,
    ) -> Self {
        let moved = Instant::now();
        let news = News { progress: None, checkpoint: None, moved, pauses: 0, over: false };
        Self {
            token,
            news: Mutex::new(news),
            stop: CancellationToken::new(),
            reason: OnceLock::new(),
            deadline: watch::Sender::new(deadline),
            state: watch::Sender::new(state),
            kick,
            answered: Notify::new(),
            progress_every,
        }
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a report for the next heartbeat, and asks for one soon.
    pub(crate) fn report(&self, progress: Option<Progress>, checkpoint: Option<Json>) {
        {
            let mut news = self.news();
            if progress.is_some() {
                news.moved = Instant::now();
            }
            news.progress = progress.or_else(|| news.progress.take());
            news.checkpoint = checkpoint.or_else(|| news.checkpoint.take());
        }
        self.kick.notify_one();
    }

    /// What the next heartbeat says of this task; `None` where it is to say nothing.
    fn beat(self: &Arc<Self>) -> Option<Sent> {
        let news = self.news();
        if !news.over {
            if self.reason.get() == Some(&StopReason::LeaseLost) {
                return None;
            }
            let paused = *self.state.borrow() == TaskState::Paused;
            if self.progress_every.is_some_and(|limit| !paused && news.moved.elapsed() > limit) {
                drop(news);
                // A heartbeat proves that the process lives, not that the work moves.
                self.stop(StopReason::Stalled);
                return None;
            }
        }
        let mut beat = Beat::new(self.token.clone());
        beat.progress.clone_from(&news.progress);
        beat.checkpoint.clone_from(&news.checkpoint);
        Some(Sent { held: Arc::clone(self), beat, pauses: news.pauses })
    }

    /// The agent is through: its context takes no more reports, and the lease is renewed,
    /// moving or not, until the outcome was reported.
    pub(crate) fn close(&self) {
        self.news().over = true;
        self.stop(StopReason::LeaseLost);
    }

    /// Completes once the last checkpoint is in the store, or its lease is gone.
    pub(crate) async fn saved(&self) {
        while self.news().checkpoint.is_some() {
            self.kick.notify_one();
            self.answered.notified().await;
        }
    }

    pub(crate) fn stop(&self, reason: StopReason) {
        if self.reason.set(reason).is_ok() {
            self.stop.cancel();
        }
    }

    pub(crate) fn stop_reason(&self) -> Option<StopReason> {
        self.reason.get().copied()
    }

    pub(crate) async fn stopped(&self) -> StopReason {
        self.stop.cancelled().await;
        self.stop_reason().unwrap_or(StopReason::Shutdown)
    }

    /// A heartbeat renewed it.
    pub(crate) fn renewed(&self, sent: &Sent, deadline: Instant, state: TaskState) {
        self.deadline.send_replace(deadline);
        let mut news = self.news();
        if news.progress == sent.beat.progress {
            news.progress = None;
        }
        if news.checkpoint == sent.beat.checkpoint {
            news.checkpoint = None;
        }
        // An answer from before a pause knows nothing of it: it must not end it.
        if news.pauses == sent.pauses {
            let old = *self.state.borrow();
            if old == TaskState::Paused && state != old {
                // Nobody could report progress meanwhile.
                news.moved = Instant::now();
            }
            self.state.send_if_modified(|old| std::mem::replace(old, state) != state);
        }
        drop(news);
        self.answered.notify_one();
    }

    /// A heartbeat found its lease gone.
    pub(crate) fn lost(&self, reason: StopReason) {
        self.stop(reason);
        self.news().checkpoint = None;
        self.answered.notify_one();
    }

    /// The store took a pause.
    pub(crate) fn paused(&self) {
        let mut news = self.news();
        news.pauses += 1;
        self.state.send_replace(TaskState::Paused);
    }

    /// Completes once the task is in another state than `state`.
    pub(crate) async fn leaves(&self, state: TaskState) {
        let mut seen = self.state.subscribe();
        // The sender lives in self, so waiting cannot fail.
        let _ = seen.wait_for(|now| *now != state).await;
    }

    /// Completes when the lease must be taken as lost because it was not renewed in time.
    pub(crate) async fn overdue(&self) {
        let mut seen = self.deadline.subscribe();
        loop {
            let deadline = *seen.borrow_and_update();
            tokio::select! {
                () = sleep_until(deadline) => return,
                _ = seen.changed() => {}
            }
        }
    }

    pub(crate) fn deadline(&self) -> Instant {
        *self.deadline.borrow()
    }
}

/// All tasks that one holder holds.
#[derive(Debug, Default)]
pub(crate) struct HeldTasks {
    tasks: Mutex<HashMap<TaskId, Arc<Held>>>,
    pub(crate) kick: Arc<Notify>,
}

impl HeldTasks {
    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, Arc<Held>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, held: &Arc<Held>) {
        self.lock().insert(held.token.task.clone(), Arc::clone(held));
    }

    /// Takes a task out, unless it is held again under another lease.
    pub(crate) fn remove(&self, token: &LeaseToken) {
        let mut tasks = self.lock();
        if tasks.get(&token.task).is_some_and(|found| found.token == *token) {
            tasks.remove(&token.task);
        }
    }

    /// What to say of every task.
    pub(crate) fn beats(&self) -> Vec<Sent> {
        let all: Vec<_> = self.lock().values().cloned().collect();
        all.iter().filter_map(Held::beat).collect()
    }
}
