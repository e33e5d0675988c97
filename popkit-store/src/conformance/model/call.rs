//! Operations with names and ids: the same call for every side.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use popkit_protocol::{
    Backoff, Capability, EdgePolicy, Failure, Json, Kinds, Need, NewTask, Outcome, Priority,
    Profile, Progress, Requirement, RetryPolicy, SequentialIds, Timestamp, UniqueKey,
};

use super::op::{Op, Sketch};
use crate::conformance::stage::{id, kind};
use crate::{Action, Claimant, LaneRule, PruneQuery, StepRequest};

/// One call. Leases are numbers: each side has its own fences.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Insert(Vec<NewTask>),
    /// A step without its finishes, those, and whether it is repeated.
    Step(StepRequest, Vec<(usize, Outcome)>, bool),
    Repeat(Claimant, u32),
    Beat {
        who: Claimant,
        picks: Vec<usize>,
        progress: Option<Progress>,
        checkpoint: Option<Json>,
    },
    Change {
        task: String,
        action: Action,
        stale: bool,
    },
    Prune(PruneQuery),
    Rule(Requirement, LaneRule),
}

/// Makes calls of operations, with the same ids for the same operations.
#[derive(Debug)]
pub(super) struct Plan {
    ids: SequentialIds,
    workers: Vec<Claimant>,
    known: BTreeSet<usize>,
    pub(super) now: Timestamp,
}

impl Plan {
    pub(super) fn new(now: Timestamp) -> Self {
        let ids = SequentialIds::default();
        let only = Kinds::Only([kind("k0"), kind("k1")].into());
        let able = || [Capability::new("able").expect("valid")];
        let profiles = [
            Profile::new("any".try_into().expect("valid"), Kinds::Any, able()),
            Profile::new("some".try_into().expect("valid"), only, []),
            Profile::new("plain".try_into().expect("valid"), Kinds::Any, []),
        ];
        let workers = profiles
            .into_iter()
            .zip([30, 10, 90])
            .map(|(profile, secs)| {
                Claimant::new(&ids, profile).with_lease(Duration::from_secs(secs))
            })
            .collect();
        Self { ids, workers, known: BTreeSet::new(), now }
    }

    /// The call of an operation; `None` where only time passes.
    pub(super) fn call(&mut self, op: &Op) -> Option<Call> {
        let worker = |who: &usize| self.workers[who % self.workers.len()].clone();
        Some(match op {
            Op::Insert(sketches) => self.insert(sketches),
            Op::Step { who, slot, finish, want, lost } => {
                let who = worker(who);
                let mut request = who.step(&self.ids);
                request.slot = *slot;
                if *want > 0 {
                    request = request.with_claim(who.wants(*want, &self.ids));
                }
                let ends = finish.iter().map(|(pick, how)| (*pick, outcome(*how)));
                Call::Step(request, ends.collect(), *lost)
            }
            Op::Repeat { who, slot } => Call::Repeat(worker(who), *slot),
            Op::Beat { who, picks, news } => Call::Beat {
                who: worker(who),
                picks: picks.clone(),
                progress: (news % 2 == 1).then(|| Progress::new(0.5, "half")),
                checkpoint: (*news > 1).then(|| Json::from_text("[1]").expect("JSON")),
            },
            Op::Change { task, action: number, stale } => {
                Call::Change { task: name(*task), action: action(*number), stale: *stale }
            }
            Op::Prune { older } => {
                Call::Prune(PruneQuery::before(self.now.before(Duration::from_millis(*older))))
            }
            Op::Rule { kind: of, able, paused, limit } => {
                let mut lane = Requirement::new(kind(&format!("k{of}")));
                if *able {
                    lane.capabilities.insert(Capability::new("able").expect("valid"));
                }
                let rule = LaneRule::default().paused(*paused).limit(NonZeroU32::new(*limit));
                Call::Rule(lane, rule)
            }
            Op::Advance(_) => return None,
        })
    }

    fn insert(&mut self, sketches: &[Sketch]) -> Call {
        // Parents that are not there refuse the whole batch: mostly left out.
        let mut known = self.known.clone();
        known.extend(sketches.iter().map(|sketch| sketch.task));
        let batch = sketches.iter().map(|sketch| self.new_task(sketch, &known)).collect();
        self.known = known;
        Call::Insert(batch)
    }

    fn new_task(&self, sketch: &Sketch, known: &BTreeSet<usize>) -> NewTask {
        let policies = [EdgePolicy::Block, EdgePolicy::Cancel, EdgePolicy::Run, EdgePolicy::Ignore];
        let mut needs: Vec<(usize, usize)> = sketch.needs.clone();
        needs.retain(|(parent, _)| *parent != sketch.task && known.contains(parent));
        needs.sort_unstable();
        needs.dedup_by_key(|(parent, _)| *parent);
        let backoff = Backoff::Fixed { delay: Duration::from_secs(3) };
        let mut task = NewTask::new(id(&name(sketch.task)), kind(&format!("k{}", sketch.kind)))
            .with_priority(Priority::raw(sketch.level))
            .with_needs(needs.iter().map(|(p, how)| Need::new(id(&name(*p)), policies[how % 4])))
            .with_retry(RetryPolicy::attempts(sketch.attempts).with_backoff(backoff))
            .with_max_abandons(sketch.abandons);
        if let Some(key) = sketch.unique {
            task = task.with_unique(UniqueKey::new(format!("key {key}")).expect("a key"));
        }
        if let Some(delay) = sketch.delay {
            task = task.with_not_before(self.now.after(Duration::from_millis(delay)));
        }
        if sketch.able {
            task = task.with_requires([Capability::new("able").expect("valid")]);
        }
        task.review = sketch.review;
        task.backlog = sketch.backlog;
        task
    }
}

fn name(task: usize) -> String {
    format!("t{task}")
}

fn outcome(number: usize) -> Outcome {
    let error = || Failure::new("error", "said so");
    match number {
        0 => Outcome::Release,
        1 => Outcome::Retry { delay: None, error: error() },
        2 => Outcome::Retry { delay: Some(Duration::ZERO), error: error() },
        3 => Outcome::Fail { error: error() },
        4 => Outcome::Snooze { delay: Duration::from_secs(7) },
        5 => Outcome::Cancel { reason: Some("changed its mind".to_owned()) },
        6 => Outcome::Pause { reason: None },
        _ => Outcome::Done { result: Some(Json::from_text("{\"n\":1}").expect("JSON")) },
    }
}

fn action(number: usize) -> Action {
    match number {
        0 => Action::Enqueue,
        1 => Action::Cancel { reason: None },
        2 => Action::Requeue,
        3 => Action::Pause { reason: None },
        4 => Action::Resume,
        5 => Action::Approve,
        6 => Action::Reject { reason: None },
        _ => Action::Reprioritise { priority: Priority::raw(6) },
    }
}
