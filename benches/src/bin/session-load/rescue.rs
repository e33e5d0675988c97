//! From the death of an agent that holds a task to another one's claim.

use std::fmt;
use std::time::Duration;

use popkit_benches::Failure;
use popkit_benches::message::Pace;
use popkit_benches::peer::Peer;
use popkit_coordinator::Shutdown;
use popkit_protocol::{NewTask, TaskId, TaskKind, TaskState};
use popkit_store::TaskStoreExt as _;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep, timeout};

use crate::Args;
use crate::crowd::{Crowd, JOB};
use crate::scene::Scene;

/// How soon a lease that has lapsed is looked at, where agents wait for work.
const SWEEP: Duration = Duration::from_millis(100);
/// What the machine may add.
const ROOM: Duration = Duration::from_secs(1);

/// What came of the tasks of those who were killed.
#[derive(Debug)]
pub(crate) struct Rescued {
    /// Sorted.
    took: Vec<Duration>,
    bound: Duration,
    kills: usize,
    unclaimed: usize,
    /// Claimed more than once, or not as the second attempt.
    wrong: usize,
    undone: usize,
}

impl Rescued {
    pub(crate) fn is_pass(&self) -> bool {
        self.unclaimed + self.wrong + self.undone == 0
            && self.took.last().is_none_or(|longest| *longest <= self.bound)
    }

    fn at(&self, percent: usize) -> Duration {
        let place = (self.took.len() * percent / 100).min(self.took.len().saturating_sub(1));
        self.took.get(place).copied().unwrap_or_default()
    }

    pub(crate) fn row(&self) -> String {
        let [median, high, longest] = [50, 99, 100].map(|share| self.at(share).as_secs_f64());
        let (lease, bound) = (self.bound - SWEEP - ROOM, self.bound.as_secs_f64());
        let lease = lease.mul_f64(0.75).as_secs_f64();
        format!(
            "| task of a killed agent claimed again, lease {lease:.1} s, in s | {median:.2} | \
             {high:.2} | {longest:.2} | <= {bound:.2} |"
        )
    }
}

impl fmt::Display for Rescued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, unclaimed, wrong, undone, .. } = self;
        write!(f, "kills={kills} unclaimed={unclaimed} wrong_claims={wrong} undone={undone}")
    }
}

/// Kills agents that hold a task, one after the other, while all others wait for work.
pub(crate) async fn measure(
    scene: &Scene,
    crowd: &mut Crowd,
    args: &Args,
) -> Result<Rescued, Failure> {
    let store = scene.handles().await?.tasks();
    let bound = args.lease() + args.lease() / 3 + SWEEP + ROOM;
    let (kills, took) = (args.kills, Vec::new());
    let mut found = Rescued { took, bound, kills, unclaimed: 0, wrong: 0, undone: 0 };
    // A kill falls anywhere between two heartbeats of its victim.
    let mut pace = Pace::new(args.lease() / 2);
    for number in 0..args.kills {
        let task = TaskId::new(format!("task-{number}"))?;
        store.insert(NewTask::new(task.clone(), TaskKind::new(JOB)?)).await?;
        let lease = format!("--lease-ms={}", args.lease_ms);
        let mut victim = Peer::start(["--victim", &scene.place(), &lease])?;
        let held = block_in_place(|| victim.hear())?;
        if held != task.as_str() {
            return Err(format!("the victim holds {held:?} instead of {task}").into());
        }
        let shutdown = Shutdown::new();
        let working = crowd.work(args.lease(), &shutdown)?;
        sleep(args.lease() / 2 + pace.pause()).await;
        if crowd.claimed.try_recv().is_ok() {
            return Err(format!("{task} was claimed while its agent lived").into());
        }
        block_in_place(|| victim.kill())?;
        let killed = Instant::now();
        match timeout(args.patience(), crowd.claimed.recv()).await {
            Ok(Some(claimed)) => {
                found.took.push(claimed.at - killed);
                found.wrong += usize::from((&claimed.task, claimed.attempt) != (&task, 2));
            }
            _ => found.unclaimed += 1,
        }
        shutdown.drain();
        working.end().await?;
        while crowd.claimed.try_recv().is_ok() {
            found.wrong += 1;
        }
        let is_done = store.get(&task).await?.is_some_and(|task| task.state == TaskState::Done);
        found.undone += usize::from(!is_done);
    }
    found.took.sort_unstable();
    Ok(found)
}
