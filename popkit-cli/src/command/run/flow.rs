//! One run, from its first task until nothing moves any more.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_protocol::{Profile, TaskId};
use popkit_store::TaskStore;
use tokio::time::{Instant, sleep_until};

use super::begin::Signals;
use super::reconcile::Orphans;
use super::session::RunSession;
use super::show::Screen;
use super::tempo::Tempo;
use super::watch::{Board, Standing, Tail, is_live, standings};
use super::work::{OutputLine, Work};
use crate::error::CliError;

/// How long workers may take to give back what they hold after a second Ctrl-C.
const AT_ONCE: Duration = Duration::from_secs(3);

/// A run at work.
#[derive(Debug)]
pub(super) struct Flow {
    board: Board,
    orphans: Orphans,
    tail: Tail,
    work: Work,
    profiles: Vec<Profile>,
    shutdown: Shutdown,
    grace: Duration,
    /// How often it was told to stop.
    asked: u32,
    /// When it ends although workers still hold something.
    gives_up_at: Option<Instant>,
    /// Why it cannot go on.
    broken: Option<CliError>,
    session: RunSession,
}

impl Flow {
    /// A run of these workers, whose tasks are on the board.
    pub(super) fn new(
        (board, tail, orphans): (Board, Tail, Orphans),
        (work, session): (Work, RunSession),
        profiles: Vec<Profile>,
        (shutdown, grace): (Shutdown, Duration),
    ) -> Self {
        let (asked, gives_up_at, broken) = (0, None, None);
        Self {
            board,
            orphans,
            tail,
            work,
            profiles,
            shutdown,
            grace,
            asked,
            gives_up_at,
            broken,
            session,
        }
    }

    /// Goes on until nothing moves any more, or it is told to stop. Then no worker is left.
    /// Answers whether it was told to.
    ///
    /// # Errors
    ///
    /// What keeps the workers, or the look at the store, from going on.
    pub(super) async fn run(
        &mut self,
        screen: &mut Screen,
        signals: &mut Signals,
    ) -> Result<bool, CliError> {
        let mut next_look = Instant::now();
        // A look before this time may come too early for what an agent has just done.
        let mut settled_at = next_look;
        while !self.work.workers.is_empty() {
            let gives_up_at = self.gives_up_at;
            tokio::select! {
                // In this order: a child that prints much must not delay the rest.
                biased;
                () = signals.next() => self.stop(screen),
                () = give_up(gives_up_at) => {
                    // Their children end with them; the leases expire and are rescued.
                    self.work.workers.shutdown().await;
                }
                Some(ended) = self.work.workers.join_next() => match ended {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => self.fail(error.into()),
                    Err(panic) => self.fail(CliError::failed(format!("an agent ended: {panic}"))),
                },
                () = self.work.stirred.notified() => {
                    if let Some(soon) = self.tail.hurry() {
                        settled_at = Instant::now() + soon;
                        next_look = next_look.min(settled_at);
                    }
                }
                () = sleep_until(next_look) => {
                    let looked_at = Instant::now();
                    self.look(screen).await;
                    next_look = match settled_at > looked_at {
                        true => settled_at,
                        false => Instant::now() + self.tail.pause(),
                    };
                }
                Some((task, stream, line)) = self.work.output.recv() => {
                    screen.output(&task, stream, &line);
                }
            }
        }
        while let Ok((task, stream, line)) = self.work.output.try_recv() {
            let line: OutputLine = (task, stream, line);
            screen.output(&line.0, line.1, &line.2);
        }
        match self.broken.take() {
            Some(error) => Err(error),
            None => {
                self.catch_up(screen).await?;
                Ok(self.asked > 0)
            }
        }
    }

    /// The board, and the session of the run to be ended.
    pub(super) fn end(self) -> (Board, RunSession) {
        (self.board, self.session)
    }

    /// Where they stand.
    pub(super) fn standings(&self) -> HashMap<TaskId, Standing> {
        standings(&self.board, &self.profiles)
    }

    /// Told to stop: first gently, then at once.
    fn stop(&mut self, screen: &Screen) {
        self.asked += 1;
        if self.asked == 1 {
            let grace = popkit_protocol::duration::format(self.grace);
            screen.warn(&format!(
                "stopping: running tasks have {grace} to finish, then they are given back \
                 (once more: now)"
            ));
            self.shutdown.drain();
        } else {
            let now = Instant::now();
            // Whoever asks a third time does not want to wait.
            self.gives_up_at = Some(if self.asked == 2 { now + AT_ONCE } else { now });
            self.shutdown.now();
        }
    }

    /// The others finish what they have; the first cause counts.
    fn fail(&mut self, error: CliError) {
        self.shutdown.drain();
        self.broken.get_or_insert(error);
    }

    async fn look(&mut self, screen: &mut Screen) {
        match self.catch_up(screen).await {
            Ok(()) => {}
            Err(error) => self.fail(error),
        }
        screen.update(&self.board);
        if self.orphans.is_waiting() {
            return;
        }
        if self.shutdown.is_draining() || is_live(&self.board, &self.profiles) {
            return;
        }
        if !self.standings().values().any(|standing| *standing == Standing::Live) {
            self.shutdown.drain();
        }
    }

    /// Reads what happened and shows it.
    async fn catch_up(&mut self, screen: &mut Screen) -> Result<(), CliError> {
        loop {
            match self.orphans.restore(self.tail.store()).await {
                Err(error) if !error.is_retryable() => return Err(error.into()),
                _ => {}
            }
            let events = match self.tail.next().await {
                Ok(events) if events.is_empty() => return Ok(()),
                Ok(events) => events,
                // Workers wait for the store to come back; so does this.
                Err(error) if error.is_retryable() => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let mut told = Vec::new();
            for event in &events {
                self.orphans.note(event);
                match self.board.take(event) {
                    Ok(Some(news)) => {
                        screen.news(&news);
                        told.extend(self.session.feed().of(&news));
                    }
                    Ok(None) => {}
                    Err(id) => {
                        let task = self.tail.read(&id).await?;
                        self.board.put(&id, task);
                    }
                }
            }
            self.session.tell(told);
        }
    }
}

async fn give_up(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Reads all that happened before the run: nothing of it is shown.
///
/// # Errors
///
/// What the store says.
pub(super) async fn replay(
    store: &Arc<dyn TaskStore>,
    tempo: Tempo,
    mut board: Board,
) -> Result<(Board, Tail), CliError> {
    let mut tail = Tail::new(Arc::clone(store), tempo);
    loop {
        let events = tail.next().await?;
        if events.is_empty() {
            return Ok((board, tail));
        }
        for event in &events {
            if let Err(id) = board.take(event) {
                let task = tail.read(&id).await?;
                board.put(&id, task);
            }
        }
    }
}
