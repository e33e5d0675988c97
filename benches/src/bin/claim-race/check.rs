//! Judging the log: one pass over all events in the store's own order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;
use std::time::Duration;

use popkit_protocol::{
    Change, Cursor, Fence, HolderId, Kinds, LaneKey, Profile, Requirement, Score, Task, TaskEvent,
    TaskId, TaskState, Timestamp,
};
use popkit_store::{HistoryQuery, TaskStore};

use crate::arena::{Arena, Outage};
use crate::nemesis::Scar;
use crate::worker::Line;
use crate::{Args, Failure, job};

/// What was counted. All but the first and the last lines must be zero.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    submitted: u64,
    kills: usize,
    zombies: usize,
    resets: usize,
    server_kills: usize,
    rescued: u64,
    stale_refused: u64,
    unknown: u64,
    lost: u64,
    double_terminal: u64,
    stale_accepted: u64,
    fence_not_grown: u64,
    out_of_order: u64,
    before_parents: u64,
    log_gaps: u64,
    replay_mismatch: u64,
    recovery: Vec<Duration>,
    bound: Duration,
}

impl Verdict {
    pub(crate) fn is_pass(&self) -> bool {
        let broken = [
            self.lost,
            self.double_terminal,
            self.stale_accepted,
            self.fence_not_grown,
            self.out_of_order,
            self.before_parents,
            self.log_gaps,
            self.replay_mismatch,
        ];
        broken.iter().all(|count| *count == 0)
            && self.recovery.last().is_none_or(|longest| *longest <= self.bound)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |share: usize| {
            let place = (self.recovery.len() * share / 100).min(self.recovery.len().max(1) - 1);
            self.recovery.get(place).map_or(0, Duration::as_millis)
        };
        write!(
            f,
            "submitted={} kills={} zombies={} resets={} server_kills={} rescued={} stale_refused={} unknown={} \
             lost={} double_terminal={} stale_accepted={} fence_not_grown={} out_of_order={} \
             before_parents={} log_gaps={} replay_mismatch={} \
             recovery_ms p50={} p99={} max={} bound={} VERDICT {}",
            self.submitted,
            self.kills,
            self.zombies,
            self.resets,
            self.server_kills,
            self.rescued,
            self.stale_refused,
            self.unknown,
            self.lost,
            self.double_terminal,
            self.stale_accepted,
            self.fence_not_grown,
            self.out_of_order,
            self.before_parents,
            self.log_gaps,
            self.replay_mismatch,
            at(50),
            at(99),
            at(100),
            self.bound.as_millis(),
            if self.is_pass() { "pass" } else { "FAIL" },
        )
    }
}

/// What is left of the race besides the store.
pub(crate) struct Raced<'a> {
    pub(crate) scars: &'a [Scar],
    pub(crate) arena: &'a Arena,
    /// With the histories of the processes.
    pub(crate) folder: &'a Path,
}

pub(crate) async fn check(
    store: &dyn TaskStore,
    args: &Args,
    raced: &Raced<'_>,
) -> Result<Verdict, Failure> {
    let Raced { scars, arena, folder } = raced;
    let profiles: Vec<Profile> = (0..args.workers).map(job::profile).collect::<Result<_, _>>()?;
    let mut pass = Pass { profiles, ..Pass::default() };
    let mut query = HistoryQuery::after(Cursor::START);
    loop {
        let page = store.history(query.clone()).await?;
        for event in page.items {
            pass.take(event)?;
        }
        let Some(next) = page.next else { break };
        query.page = query.page.after(next);
    }
    let mut verdict = std::mem::take(&mut pass.verdict);
    verdict.submitted = args.tasks;
    verdict.kills = scars.iter().filter(|scar| !scar.zombie).count();
    verdict.zombies = scars.len() - verdict.kills;
    verdict.resets = arena.resets();
    verdict.server_kills = arena.outages().len();
    // An expired lease is looked at twice, a third of a lease apart, by whoever steps next.
    verdict.bound = args.lease() + args.lease() / 3 + Duration::from_millis(1100);
    verdict.recovery = pass.recoveries(scars, arena.outages());
    verdict.recovery.sort_unstable();
    compare(store, &pass.tasks, &mut verdict, args.tasks).await?;
    histories(folder, &pass, &mut verdict)?;
    Ok(verdict)
}

#[derive(Default)]
struct Pass {
    profiles: Vec<Profile>,
    tasks: HashMap<TaskId, Task>,
    ready: BTreeMap<LaneKey, BTreeSet<Score>>,
    /// Which lease completed a task.
    completed: HashMap<TaskId, Vec<Fence>>,
    claims: Vec<(HolderId, TaskId, Fence, Timestamp)>,
    rescues: HashMap<(TaskId, Fence), Timestamp>,
    ends: HashMap<(TaskId, Fence), Timestamp>,
    verdict: Verdict,
}

impl Pass {
    fn take(&mut self, event: TaskEvent) -> Result<(), Failure> {
        let Some(task) = self.tasks.get(&event.task) else {
            let Some(task) = Task::replay([&event])? else { return Ok(()) };
            self.place(&task, true);
            self.tasks.insert(event.task, task);
            return Ok(());
        };
        let task = task.clone();
        if event.number != task.revision + 1 {
            self.verdict.log_gaps += 1;
        }
        self.judge(&task, &event);
        self.place(&task, false);
        let mut after = task;
        after.apply(&event)?;
        self.place(&after, true);
        self.tasks.insert(event.task, after);
        Ok(())
    }

    fn place(&mut self, task: &Task, there: bool) {
        let lane = self.ready.entry(task.lane).or_default();
        if there && task.is_ready() {
            lane.insert(task.score);
        } else {
            lane.remove(&task.score);
        }
    }

    fn judge(&mut self, task: &Task, event: &TaskEvent) {
        let held = task.hold.as_ref().map(|hold| (event.task.clone(), hold.fence));
        match &event.change {
            Change::Claimed { holder, agent, fence, .. } => {
                if *fence <= task.fence {
                    self.verdict.fence_not_grown += 1;
                }
                let undone = task.spec.needs.iter().filter(|need| {
                    self.tasks.get(&need.task).is_none_or(|p| p.state != TaskState::Done)
                });
                self.verdict.before_parents += undone.count() as u64;
                if self.is_out_of_order(task, agent.as_str()) {
                    self.verdict.out_of_order += 1;
                }
                self.claims.push((*holder, event.task.clone(), *fence, event.at));
            }
            Change::Completed { .. } => {
                let fences = self.completed.entry(event.task.clone()).or_default();
                fences.extend(held.iter().map(|(_, fence)| *fence));
                self.verdict.double_terminal += u64::from(fences.len() > 1);
                self.ends.extend(held.map(|key| (key, event.at)));
            }
            Change::Rescued { .. } => {
                self.verdict.rescued += 1;
                self.rescues.extend(held.map(|key| (key, event.at)));
            }
            _ => {}
        }
    }

    /// Whether a task that goes before this one stood ready in a lane of the same agent.
    fn is_out_of_order(&self, task: &Task, agent: &str) -> bool {
        let Some(profile) = self.profiles.iter().find(|p| p.agent().as_str() == agent) else {
            return true;
        };
        let Kinds::Only(kinds) = profile.kinds() else { return true };
        let lanes = kinds.iter().map(|kind| Requirement::new(kind.clone()).lane());
        let heads = lanes.filter_map(|lane| self.ready.get(&lane)?.first());
        heads.min() != Some(&task.score)
    }

    /// For each lease of a killed or stopped process, and each that was handed to a killed one:
    /// how long until its task was ready again. Without the server nobody can do anything, so
    /// that time does not count.
    fn recoveries(&self, scars: &[Scar], outages: &[Outage]) -> Vec<Duration> {
        let mut found = Vec::new();
        for scar in scars {
            let of_holder = self.claims.iter().filter(|(holder, ..)| *holder == scar.holder);
            for (_, task, fence, at) in of_holder {
                let key = (task.clone(), *fence);
                let ended_before = self.ends.get(&key).is_some_and(|end| *end <= scar.at);
                if (scar.zombie && *at > scar.at) || ended_before {
                    continue;
                }
                let since = scar.at.max(*at);
                if let Some(rescue) = self.rescues.get(&key).filter(|at| **at >= since) {
                    let down = outages.iter().map(|outage| outage.within(since, *rescue));
                    found.push(rescue.since(since).saturating_sub(down.sum()));
                }
            }
        }
        found
    }
}

/// The stored tasks against the replayed ones.
async fn compare(
    store: &dyn TaskStore,
    replayed: &HashMap<TaskId, Task>,
    verdict: &mut Verdict,
    submitted: u64,
) -> Result<(), Failure> {
    let ids: Vec<TaskId> = replayed.keys().cloned().collect();
    let mut done = 0;
    for some in ids.chunks(1000) {
        for (id, stored) in some.iter().zip(store.get_many(some).await?) {
            let wanted = replayed.get(id).cloned().map(Task::replayable);
            verdict.replay_mismatch += u64::from(stored.clone().map(Task::replayable) != wanted);
            done += u64::from(stored.is_some_and(|task| task.state == TaskState::Done));
        }
    }
    verdict.lost = submitted - done;
    Ok(())
}

/// What the processes were told against what the log says.
fn histories(folder: &Path, pass: &Pass, verdict: &mut Verdict) -> Result<(), Failure> {
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let mut open = None;
        for line in text.lines() {
            match serde_json::from_str(line)? {
                Line::Started { .. } => {}
                Line::Trying { token } => open = Some(token),
                Line::Refused { .. } => {
                    open = None;
                    verdict.stale_refused += 1;
                }
                Line::Accepted { token } => {
                    open = None;
                    let by = pass.completed.get(&token.task);
                    if by.is_none_or(|fences| *fences != [token.fence]) {
                        verdict.stale_accepted += 1;
                    }
                }
            }
        }
        // Killed before the answer: the log alone knows.
        verdict.unknown += u64::from(open.is_some());
    }
    Ok(())
}
