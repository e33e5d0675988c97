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
    progress_every: Option<Duration>,
}

#[derive(Debug)]
struct News {
    progress: Option<Progress>,
    checkpoint: Option<Json>,
    moved: Instant,
}

impl Held {
    pub(crate) fn new(
        token: LeaseToken,
        state: TaskState,
        deadline: Instant,
        progress_every: Option<Duration>,
        kick: Arc<Notify>,
    ) -> Self {
        let news = News { progress: None, checkpoint: None, moved: Instant::now() };
        Self {
            token,
            news: Mutex::new(news),
            stop: CancellationToken::new(),
            reason: OnceLock::new(),
            deadline: watch::Sender::new(deadline),
            state: watch::Sender::new(state),
            kick,
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
    fn beat(&self) -> Option<Beat> {
        if self.reason.get() == Some(&StopReason::LeaseLost) {
            return None;
        }
        let mut news = self.news();
        let paused = *self.state.borrow() == TaskState::Paused;
        if self.progress_every.is_some_and(|limit| !paused && news.moved.elapsed() > limit) {
            drop(news);
            // A heartbeat proves that the process lives, not that the work moves.
            self.stop(StopReason::Stalled);
            return None;
        }
        let mut beat = Beat::new(self.token.clone());
        beat.progress = news.progress.take();
        beat.checkpoint = news.checkpoint.take();
        Some(beat)
    }

    /// Puts the news of a failed heartbeat back, unless there is newer.
    fn unsent(&self, beat: Beat) {
        let mut news = self.news();
        news.progress = news.progress.take().or(beat.progress);
        news.checkpoint = news.checkpoint.take().or(beat.checkpoint);
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

    pub(crate) fn renewed(&self, deadline: Instant, state: TaskState) {
        self.deadline.send_replace(deadline);
        self.state.send_if_modified(|old| std::mem::replace(old, state) != state);
    }

    pub(crate) fn set_state(&self, state: TaskState) {
        self.state.send_replace(state);
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
    pub(crate) fn remove(&self, held: &Arc<Held>) {
        let mut tasks = self.lock();
        if tasks.get(&held.token.task).is_some_and(|found| Arc::ptr_eq(found, held)) {
            tasks.remove(&held.token.task);
        }
    }

    pub(crate) fn all(&self) -> Vec<Arc<Held>> {
        self.lock().values().cloned().collect()
    }

    /// What to say of every task, beside the task.
    pub(crate) fn beats(&self) -> Vec<(Arc<Held>, Beat)> {
        let beats = self.all().into_iter().map(|held| (held.beat(), held));
        beats.filter_map(|(beat, held)| Some((held, beat?))).collect()
    }

    pub(crate) fn unsent(beats: Vec<(Arc<Held>, Beat)>) {
        for (held, beat) in beats {
            held.unsent(beat);
        }
    }
}
