//! One poll: who waits over a wire, and the task that asks for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, sleep_until};

use super::budget::Budget;
use super::hint::HintSource;
use super::pace::Bounds;
use super::question::{Found, Question, read};
#[cfg(feature = "tracing")]
use super::table::is_stop;
use super::table::{Table, Waiter};
use crate::{Error, ErrorKind, Result, Wire};

/// How a poll works.
#[derive(Debug, Default)]
pub(crate) struct PollOptions {
    pub(crate) bounds: Bounds,
    /// Commands that may be used in 30 days.
    pub(crate) budget: Option<u64>,
    /// Where hints come from, if they are wanted.
    pub(crate) hints: Option<Box<dyn HintSource>>,
}

/// What waits over a wire.
#[derive(Debug)]
pub(crate) struct Poll {
    pub(super) wire: Arc<dyn Wire>,
    bounds: Bounds,
    pub(super) source: Option<Box<dyn HintSource>>,
    state: Mutex<State>,
    /// Locked for itself: a runtime that ends drops what is spawned at once, which locks the
    /// state.
    tasks: Mutex<JoinSet<()>>,
    /// Somebody came, went or hurries.
    pub(super) changed: Notify,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) table: Table,
    /// Whether somebody asks. The task ends when nobody waits.
    is_driven: bool,
    budget: Option<Budget>,
    /// Handles that are open.
    handles: usize,
    /// Whether there were some, and are none.
    is_over: bool,
    /// Those who listen to channels for hints, by channel.
    pub(super) ears: BTreeMap<String, JoinSet<()>>,
}

impl Poll {
    pub(crate) fn new(wire: Arc<dyn Wire>, options: PollOptions) -> Self {
        let PollOptions { bounds, budget, hints: source } = options;
        let state = State {
            table: Table::new(),
            is_driven: false,
            budget: budget.map(|most| Budget::new(most, Instant::now())),
            handles: 0,
            is_over: false,
            ears: BTreeMap::new(),
        };
        let (state, tasks) = (Mutex::new(state), Mutex::new(JoinSet::new()));
        Self { wire, bounds, source, state, tasks, changed: Notify::new() }
    }

    /// How long it pauses for who has no bounds of his own.
    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// One more handle.
    pub(super) fn join(&self) {
        let mut state = self.lock();
        state.handles += 1;
        state.is_over = false;
    }

    /// One handle less. Behind the last one nobody listens any more.
    pub(super) fn part(&self) {
        let mut state = self.lock();
        state.handles = state.handles.saturating_sub(1);
        state.is_over = state.handles == 0;
        if state.is_over {
            state.ears.clear();
            state.table.hints.want(0);
        }
    }

    /// Whether all its handles are gone.
    #[cfg(feature = "rest")]
    pub(crate) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Waits until there is something behind one of these places. `bounds`: where the caller
    /// has some of his own.
    pub(super) async fn wait(
        self: &Arc<Self>,
        question: Question,
        bounds: Option<Bounds>,
        patience: Option<Duration>,
    ) -> Result<Found> {
        loop {
            let (ticket, answer) = self.enter(question.clone(), bounds, patience)?;
            let answer = answer.await;
            drop(ticket);
            // Else the runtime is gone in which it was asked: this one goes on.
            if let Ok(answer) = answer {
                return answer;
            }
            // Where it is this one's own runtime that ends, it ends here.
            yield_now().await;
        }
    }

    /// Has it asked soon.
    pub(super) fn nudge(&self) {
        self.lock().table.pace.nudge(Instant::now());
        self.changed.notify_one();
    }

    fn enter(
        self: &Arc<Self>,
        question: Question,
        bounds: Option<Bounds>,
        patience: Option<Duration>,
    ) -> Result<(Ticket<'_>, oneshot::Receiver<Result<Found>>)> {
        let (sender, receiver) = oneshot::channel();
        let bounds = bounds.unwrap_or(self.bounds);
        let waiter = Waiter { question, bounds, patience, answer: sender };
        if let Some(Err(error)) = self.tasks().try_join_next()
            && error.is_panic()
        {
            let message = "the task that polls ended with a defect";
            return Err(Error::new(ErrorKind::Unexpected, message).with_source(error));
        }
        let (number, was_driven) = {
            let mut state = self.lock();
            let number = state.table.enter(waiter, Instant::now());
            (number, std::mem::replace(&mut state.is_driven, true))
        };
        if was_driven {
            self.changed.notify_one();
        } else {
            // Made here: a runtime may end before the task has begun.
            let driving = Driving { poll: Arc::clone(self), is_over: false };
            self.tasks().spawn(drive(driving));
        }
        Ok((Ticket { poll: self, number }, receiver))
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn waiters(&self) -> usize {
        self.lock().table.waiters()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it is to be asked; `None` ends the task.
    fn due(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut state = self.lock();
        let due = state.table.due(now);
        state.is_driven = due.is_some();
        let asked = state.table.pace.asked();
        let Some(budget) = &mut state.budget else { return due };
        let (pause, reached) = budget.look(self.wire.counters().billed(), now);
        #[cfg(feature = "tracing")]
        if let Some(stage) = reached {
            budget.tell(stage, pause);
        }
        #[cfg(not(feature = "tracing"))]
        let _ = reached;
        due.map(|due| asked.map_or(due, |asked| due.max(asked + pause)))
    }

    async fn ask(&self) {
        let Some(question) = self.lock().table.ask() else { return };
        let answer = self.wire.execute(question.command()).await.and_then(read);
        let must_split = match answer {
            Ok(found) => {
                self.lock().table.answered(&question, &found, Instant::now());
                false
            }
            Err(error) => self.failed(question.count, &error),
        };
        if must_split {
            self.ask_each().await;
        }
    }

    /// Of so many entries it was asked for. Says whether each is to be asked for by himself.
    pub(super) fn failed(&self, count: usize, error: &Error) -> bool {
        let now = Instant::now();
        let mut state = self.lock();
        let must_split = state.table.failed(count, error, now);
        #[cfg(feature = "tracing")]
        match (is_stop(error), state.table.pace.is_stopped(now)) {
            (true, pause) => {
                tracing::warn!(wire = ?self.wire, %error, ?pause, "polling stops for a while");
            }
            (_, Some(pause)) => {
                tracing::debug!(wire = ?self.wire, %error, ?pause, "a poll is tried again");
            }
            (_, None) => {}
        }
        must_split
    }
}

/// A place in the table, until it is dropped.
struct Ticket<'a> {
    poll: &'a Poll,
    number: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.poll.lock().table.leave(self.number);
        self.poll.changed.notify_one();
    }
}

/// Asks as long as anybody waits.
async fn drive(mut driving: Driving) {
    let poll = Arc::clone(&driving.poll);
    while let Some(due) = poll.due() {
        tokio::select! {
            biased;
            () = poll.changed.notified() => {}
            () = sleep_until(due) => poll.ask().await,
        }
    }
    driving.is_over = true;
}

/// Whatever ends the task, nobody waits for one that is gone.
struct Driving {
    poll: Arc<Poll>,
    is_over: bool,
}

impl Drop for Driving {
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = self.poll.lock();
            state.is_driven = false;
            state.table.abandon();
        }
    }
}
