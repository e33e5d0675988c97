//! Watching a plan until it ends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{TaskId, TaskState};
use popkit_store::{OutcomeKind, Result};

use super::blocker::{Decided, Decisions, blockers};
use super::board::{Board, Standing, Standings, Tail, before, read, standings};
use super::report::{Looks, Tally, looks, progress};
use super::resolve::Resolved;
use super::{
    BlockerCause, Ending, PlanProgress, ProgressFeed, Published, Resolution, Summary, Supervisor,
    SupervisorError,
};
use crate::agent::Shutdown;

/// Pages of the history read in one turn.
const PAGES: usize = 64;
/// How far up the parents outside the plan are followed.
const GENERATIONS: usize = 100;

/// A supervisor at the watch over one plan.
///
/// It follows the store's history from the plan's first task on, so that a supervisor that
/// was restarted knows what its predecessor did. What it does is done under the revision
/// that it saw: who was faster wins.
#[derive(Debug)]
pub struct Monitor {
    pub(super) supervisor: Supervisor,
    phases: Vec<String>,
    board: Board,
    standings: Standings,
    tail: Tail,
    /// Tasks of which an event did not fit and that were not read again yet.
    misfits: BTreeSet<TaskId>,
    decisions: Decisions,
    looks: Looks,
    pub(super) tally: Tally,
    pub(super) told: Told,
}

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The look, and when.
    pub(super) look: Option<Arc<PlanProgress>>,
    /// The phase.
    pub(super) phase: Option<usize>,
}

impl Supervisor {
    /// Begins to watch a plan.
    ///
    /// # Errors
    ///
    /// [`SupervisorError::Missing`]; whatever the store says.
    pub async fn monitor(&self, plan: &Published) -> Result<Monitor, SupervisorError> {
        let mut board = Board::new(self.name.as_str());
        let stored = read(&*self.store, &plan.tasks).await?;
        for (id, task) in plan.tasks.iter().zip(stored) {
            let missing = || SupervisorError::Missing { task: id.clone() };
            board.add(task.ok_or_else(missing)?, true);
        }
        self.look_around(&mut board).await?;
        let first = board.own().min_by_key(|seen| seen.task.score.seq);
        let cursor = match first {
            Some(seen) => before(&*self.store, seen.task.id()).await?,
            None => Default::default(),
        };
        let standings = standings(&board, self.team().as_deref());
        let look = progress(&board, &standings, &plan.phases, &[], self.clock.now());
        Ok(Monitor {
            supervisor: self.clone(),
            phases: plan.phases.clone(),
            board,
            standings,
            tail: Tail::after(Arc::clone(&self.store), cursor),
            misfits: BTreeSet::new(),
            decisions: Decisions::default(),
            looks: looks(look),
            tally: Tally::default(),
            told: Told::default(),
        })
    }

    /// Watches a plan until it ends or the shutdown begins.
    ///
    /// # Errors
    ///
    /// As [`monitor`](Self::monitor) and [`Monitor::run`].
    pub async fn watch(
        &self,
        plan: &Published,
        shutdown: &Shutdown,
    ) -> Result<Summary, SupervisorError> {
        Ok(self.monitor(plan).await?.run(shutdown).await?)
    }

    /// Adds the tasks that the board's tasks wait for and that are not of the plan.
    async fn look_around(&self, board: &mut Board) -> Result<()> {
        let mut gone: BTreeSet<TaskId> = BTreeSet::new();
        for _ in 0..GENERATIONS {
            let mut wanted = board.missing();
            wanted.retain(|id| !gone.contains(id));
            if wanted.is_empty() {
                break;
            }
            let found = read(&*self.store, &wanted).await?;
            for (id, task) in wanted.into_iter().zip(found) {
                match task {
                    Some(task) => board.add(task, false),
                    // Removed, which only befalls what has ended.
                    None => drop(gone.insert(id)),
                }
            }
        }
        Ok(())
    }
}

impl Monitor {
    /// Follows the progress.
    #[must_use]
    pub fn feed(&self) -> ProgressFeed {
        self.looks.feed()
    }

    /// The last look.
    #[must_use]
    pub fn progress(&self) -> Arc<PlanProgress> {
        self.looks.latest()
    }

    /// Watches until the plan ends or the shutdown begins. A store that cannot be reached is
    /// waited for, however long that takes.
    ///
    /// # Errors
    ///
    /// What the store says that waiting does not cure: closed, damaged, refused.
    ///
    /// # Cancel safety
    ///
    /// Dropped, what was begun for the last blocker may be done or not; another monitor of
    /// the plan finds out and goes on.
    pub async fn run(mut self, shutdown: &Shutdown) -> Result<Summary> {
        loop {
            let turned = tokio::select! {
                biased;
                () = shutdown.draining() => return Ok(self.end(Ending::Stopped).await),
                turned = self.look() => turned,
            };
            let busy = match turned {
                Ok((_, Some(ending))) => return Ok(self.end(ending).await),
                Ok((busy, None)) => busy,
                Err(error) if error.is_retryable() || error.outcome() == OutcomeKind::Unknown => {
                    tracing::warn!(%error, "the store does not answer, looking again later");
                    false
                }
                Err(error) => return Err(error),
            };
            let rest: Duration = self.tail.rest(busy);
            tokio::select! {
                () = shutdown.draining() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// Looks once: takes what has happened, does what is to be done about blockers, tells
    /// the progress. Answers how the plan ended, if it did. [`run`](Self::run) does this again
    /// and again; a program that has a loop of its own may call it instead.
    ///
    /// # Errors
    ///
    /// What the store says; the next turn tries again.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    pub async fn turn(&mut self) -> Result<Option<Ending>> {
        self.look().await.map(|(_, ending)| ending)
    }

    /// What has become of the plan by now.
    #[must_use]
    pub fn summary(&self, ending: Ending) -> Summary {
        let look = PlanProgress::clone(&self.looks.latest());
        self.tally.summary(ending, &self.board, &self.standings, look)
    }

    async fn end(mut self, ending: Ending) -> Summary {
        self.tell_end(ending).await;
        self.summary(ending)
    }

    /// A turn; also whether much happens.
    async fn look(&mut self) -> Result<(bool, Option<Ending>)> {
        let Some(changed) = self.catch_up().await? else { return Ok((true, None)) };
        let now = self.supervisor.clock.now();
        self.standings = standings(&self.board, self.supervisor.team().as_deref());
        let found = blockers(&self.board, &self.standings);
        let (policy, patience) = (&*self.supervisor.policy, self.supervisor.patience);
        let decided = self.decisions.decide(found, policy, (now, patience));
        let look = progress(&self.board, &self.standings, &self.phases, &decided, now);
        self.looks.take(look);
        let (mut acted, mut left, mut hangs) = (false, false, false);
        for one in decided.iter().filter(|one| one.is_due) {
            let escalates = one.resolution == Some(Resolution::Escalate);
            if hangs && escalates {
                continue;
            }
            match self.resolve(one, &self.versions(one)).await? {
                Resolved::Done => {
                    self.decisions.done(one);
                    acted |= !escalates;
                }
                Resolved::Later => left = true,
                Resolved::Hangs => (left, hangs) = (true, true),
            }
        }
        self.tell(now).await;
        let ending = if acted || left { None } else { self.ending(&decided) };
        Ok((changed || acted, ending))
    }

    /// Takes what has happened; answers whether anything did that matters. `None`: there is
    /// more, and what is known is too old to act on.
    async fn catch_up(&mut self) -> Result<Option<bool>> {
        let mut changed = false;
        for _ in 0..PAGES {
            let events = self.tail.next().await?;
            for event in &events {
                match self.board.take(event) {
                    Ok(news) => changed |= news,
                    Err(id) => drop(self.misfits.insert(id)),
                }
            }
            changed |= self.read_again().await?;
            if events.is_empty() {
                return Ok(Some(changed));
            }
        }
        Ok(None)
    }

    /// Reads the misfits again; answers whether there were any. Those of a turn that failed
    /// wait for the next one: the tail does not tell their events again.
    async fn read_again(&mut self) -> Result<bool> {
        let ids: Vec<TaskId> = self.misfits.iter().cloned().collect();
        let tasks = read(&*self.supervisor.store, &ids).await?;
        for (id, task) in ids.iter().zip(tasks) {
            self.board.put(id, task);
        }
        self.misfits.clear();
        Ok(!ids.is_empty())
    }

    /// The tasks that a resolution may cancel, each with the revision that was seen.
    fn versions(&self, decided: &Decided) -> Vec<(TaskId, u64)> {
        let own = (decided.blocker.cause == BlockerCause::Unserved && !decided.blocker.foreign)
            .then(|| decided.blocker.task.id());
        let ids = own.into_iter().chain(&decided.blocker.dependants);
        let seen = ids.filter_map(|id| self.board.get(id));
        seen.filter(|seen| seen.task.state == TaskState::Pending)
            .map(|seen| (seen.task.id().clone(), seen.task.revision))
            .collect()
    }

    /// Whether the plan has ended, with nothing left to do about it.
    fn ending(&self, decided: &[Decided]) -> Option<Ending> {
        let own = || self.board.own().filter_map(|seen| self.standings.get(seen.task.id()));
        if own().all(Standing::has_ended) {
            return Some(Ending::Complete);
        }
        let is_given_up = |id: &TaskId| {
            let mut known = decided.iter().filter(|one| one.blocker.task.id() == id);
            known.any(|one| one.resolution == Some(Resolution::Ignore))
        };
        let stuck = self.board.own().all(|seen| match self.standings.get(seen.task.id()) {
            Some(Standing::Unserved) => is_given_up(seen.task.id()),
            Some(Standing::Blocked(root)) => is_given_up(root),
            Some(standing) => standing.has_ended(),
            None => true,
        });
        stuck.then_some(Ending::Stuck)
    }
}

#[cfg(test)]
#[path = "monitor/tests.rs"]
mod tests;
