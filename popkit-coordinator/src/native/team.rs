//! Programs that run beside each other and are started again when they end badly.

use std::fmt;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::options::Restart;
use crate::Shutdown;
use crate::process::{ChildSpec, Exit, Finished, ProcessError, Runner, ShimCommand};

/// What happened to a member of a team.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fate {
    /// It was started: for the first time, or again.
    Started {
        /// Which start it is, from 1.
        start: u32,
    },
    /// It ended, and that is the end of it.
    Ended(Exit),
    /// It ended badly and is started again after a rest.
    Restarts(Exit),
    /// It cannot be started.
    Refused(ProcessError),
}

/// Sees what happens to the members of a team, by their names. Must not block.
pub type FateSink = Arc<dyn Fn(&str, &Fate) + Send + Sync>;

/// Agents as child processes, in true parallel. A member that ends with exit code 0 has
/// finished; one that ends otherwise, or is killed, is started again by the rule. All of them end
/// with this process, however that ends.
pub struct Team {
    runner: Runner,
    restart: Restart,
    members: Vec<(String, ChildSpec)>,
    sink: Option<FateSink>,
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.members.iter().map(|(name, _)| name);
        f.debug_struct("Team")
            .field("restart", &self.restart)
            .field("members", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Team {
    /// Without members.
    #[must_use]
    pub fn new(shim: ShimCommand, restart: Restart) -> Self {
        Self { runner: Runner::new(shim), restart, members: Vec::new(), sink: None }
    }

    /// With this member.
    #[must_use]
    pub fn with_member(mut self, name: impl Into<String>, spec: ChildSpec) -> Self {
        self.members.push((name.into(), spec));
        self
    }

    /// How many members it has.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members.len()
    }

    /// Telling what happens.
    #[must_use]
    pub fn with_sink(mut self, sink: FateSink) -> Self {
        self.sink = Some(sink);
        self
    }

    /// Runs all members until each has ended for good, or the shutdown begins: then those that
    /// run are stopped. Answers with how many ended well.
    ///
    /// # Cancel safety
    ///
    /// Dropped, all of them are stopped.
    pub async fn run(self, shutdown: &Shutdown) -> usize {
        let Self { runner, restart, members, sink } = self;
        let mut running = JoinSet::new();
        for (name, spec) in members {
            let member = Member { runner: runner.clone(), restart, name, spec, sink: sink.clone() };
            running.spawn(member.run(shutdown.clone()));
        }
        let mut well = 0;
        while let Some(ended) = running.join_next().await {
            well += usize::from(ended.unwrap_or(false));
        }
        well
    }
}

struct Member {
    runner: Runner,
    restart: Restart,
    name: String,
    spec: ChildSpec,
    sink: Option<FateSink>,
}

impl Member {
    /// Whether it ended well.
    async fn run(self, shutdown: Shutdown) -> bool {
        let mut failures = 0;
        loop {
            self.tell(&Fate::Started { start: failures + 1 });
            let ended = self.runner.run(self.spec.clone(), shutdown.draining()).await;
            let exit = match ended {
                Ok(Finished { exit, .. }) => exit,
                Err(error) => {
                    self.tell(&Fate::Refused(error));
                    return false;
                }
            };
            failures += 1;
            let rest = match exit {
                Exit::Code(0) | Exit::Cancelled => None,
                _ => self.restart.after(failures),
            };
            let Some(rest) = rest else {
                self.tell(&Fate::Ended(exit));
                return exit.success();
            };
            self.tell(&Fate::Restarts(exit));
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = shutdown.draining() => return false,
            }
        }
    }

    fn tell(&self, fate: &Fate) {
        if let Some(sink) = &self.sink {
            sink(&self.name, fate);
        }
    }
}
