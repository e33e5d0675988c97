//! The coordinator: a process of its own.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use popkit_benches::Failure;
use popkit_benches::peer::{Peer, end_with_parent};
use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{Settings, Start};
use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions};
use popkit_protocol::{
    Clock as _, IdSource as _, NewTask, Objective, RandomIds, SystemClock, TaskId, TaskKind,
};
use popkit_store::{StateKey, TaskStoreExt as _};
use rustix::param::clock_ticks_per_second;
use tokio::time::{sleep, timeout};

use crate::Args;
use crate::scene::{Handles, Scene, handles};

/// The phase that all of it happens in.
const PHASE: &str = "load";

fn coordinator(handles: &Handles) -> Result<Coordinator, Failure> {
    let (documents, transport) =
        (Arc::clone(&handles.store.documents), Arc::clone(&handles.transport));
    let coordinator = Coordinator::new(documents, transport, CoordinatorOptions::new("bench"))?;
    Ok(coordinator.with_tasks(handles.tasks()))
}

/// The second process: leads the session until it is killed.
pub(crate) async fn lead(place: &str) -> Result<(), Failure> {
    end_with_parent()?;
    let coordinator = coordinator(&handles(place).await?)?;
    let ended = coordinator.run(&Shutdown::new()).await?;
    Err(format!("the session should go on: {ended:?}").into())
}

/// The process that leads.
#[derive(Debug)]
pub(crate) struct Leader(Peer);

impl Leader {
    /// Begins a session that waits for all agents, and has its leader started.
    pub(crate) async fn begin(scene: &Scene, args: &Args) -> Result<Self, Failure> {
        let handles = scene.handles().await?;
        let mut settings = Settings::default();
        settings.agents.wanted = u32::try_from(args.agents)?;
        settings.agents.most = u32::try_from(args.agents + args.kills)?;
        let now = SystemClock.now();
        let objective = Objective::new(&RandomIds, now, "measure").with_phases([PHASE]);
        let seed = u64::try_from(RandomIds.draw() >> 80)?;
        let start = Start::new(objective, seed, now).with_settings(settings);
        coordinator(&handles)?.begin(start).await?;
        // A phase ends with the last of its tasks: nobody takes this one.
        let keeper = NewTask::new(TaskId::new("keeper")?, TaskKind::new("nobody-does-this")?);
        handles.tasks().insert(keeper.with_tags([format!("phase:{PHASE}")])).await?;
        let leader = Self(Peer::start(["--coordinator", &scene.place()])?);
        // It is written when the leader listens: what agents say when they join is heard then.
        let status = StateKey::new("coordinator:status")?;
        let led = async {
            while handles.store.documents.load(&status).await?.is_none() {
                sleep(Duration::from_millis(20)).await;
            }
            Ok::<_, Failure>(())
        };
        timeout(Duration::from_secs(60), led).await.map_err(|_| "nobody leads the session")??;
        Ok(leader)
    }

    /// How long its threads have run, by the system's count, in ticks of 10 ms.
    pub(crate) fn processor(&mut self) -> Result<Duration, Failure> {
        if let Some(status) = self.0.ended()? {
            return Err(format!("the coordinator has ended: {status}").into());
        }
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        ran(&stat).ok_or_else(|| format!("no times in {stat:?}").into())
    }

    pub(crate) fn kill(&mut self) -> Result<(), Failure> {
        self.0.kill()
    }
}

/// The time in user mode and in the system, of a line of `/proc/PID/stat`.
fn ran(stat: &str) -> Option<Duration> {
    // The name in parentheses may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let ticks = times.next()?.ok()? + times.next()?.ok()?;
    Some(Duration::from_millis(ticks * 1000 / clock_ticks_per_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_behind_any_name() {
        let (user, system) = (clock_ticks_per_second() * 3, clock_ticks_per_second());
        let stat = format!("7 (a) b (c) S 1 7 7 0 -1 4194304 95 0 0 0 {user} {system} 9 9 20 0");
        assert_eq!(ran(&stat), Some(Duration::from_secs(4)));
        assert_eq!(ran("7 (a"), None);
    }
}
