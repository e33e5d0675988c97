//! Which blockers are news, and what is still to be done about each.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use popkit_protocol::{TaskId, Timestamp};

use super::{Blocker, BlockerCause, BlockerPolicy, Resolution};

/// A blocker and what was decided about it.
#[derive(Debug, Clone)]
pub(in super::super) struct Decided {
    /// The blocker.
    pub(in super::super) blocker: Blocker,
    /// What is done; `None`: it is waited whether an agent comes.
    pub(in super::super) resolution: Option<Resolution>,
    /// Whether that is still to be done.
    pub(in super::super) is_due: bool,
}

/// What was decided so far. A blocker that goes away is forgotten.
#[derive(Debug, Default)]
pub(in super::super) struct Decisions(BTreeMap<TaskId, Decision>);

#[derive(Debug)]
struct Decision {
    revision: u64,
    dependants: BTreeSet<TaskId>,
    since: Timestamp,
    resolution: Option<Resolution>,
    /// The revision at which a person was asked.
    asked: Option<u64>,
    done: bool,
}

impl Decisions {
    /// Asks the policy about what is new or has changed. A task without an agent is new
    /// once it was without one for `patience`.
    pub(in super::super) fn decide(
        &mut self,
        found: Vec<Blocker>,
        policy: &dyn BlockerPolicy,
        (now, patience): (Timestamp, Duration),
    ) -> Vec<Decided> {
        let here: BTreeSet<&TaskId> = found.iter().map(|blocker| blocker.task.id()).collect();
        self.0.retain(|id, _| here.contains(id));
        found.into_iter().map(|blocker| self.one(blocker, policy, (now, patience))).collect()
    }

    fn one(
        &mut self,
        blocker: Blocker,
        policy: &dyn BlockerPolicy,
        (now, patience): (Timestamp, Duration),
    ) -> Decided {
        let dependants: BTreeSet<TaskId> = blocker.dependants.iter().cloned().collect();
        let revision = blocker.task.revision;
        let known = self.0.entry(blocker.task.id().clone()).or_insert_with(|| Decision {
            revision,
            dependants: dependants.clone(),
            since: now,
            resolution: None,
            asked: None,
            done: false,
        });
        if known.revision != revision {
            known.since = now;
        }
        if known.revision != revision || known.dependants != dependants {
            known.resolution = None;
        }
        let is_early = blocker.cause == BlockerCause::Unserved && now.since(known.since) < patience;
        if known.resolution.is_none() && !is_early {
            let resolution = policy.resolve(&blocker).settled(&blocker);
            // A person who was asked about this failure is not asked again because another
            // task waits, too.
            known.done = resolution == Resolution::Ignore
                || (resolution == Resolution::Escalate && known.asked == Some(revision));
            known.resolution = Some(resolution);
        }
        known.revision = revision;
        known.dependants = dependants;
        let (resolution, is_due) = (known.resolution, known.resolution.is_some() && !known.done);
        Decided { blocker, resolution, is_due }
    }

    /// It was done.
    pub(in super::super) fn done(&mut self, decided: &Decided) {
        if let Some(known) = self.0.get_mut(decided.blocker.task.id()) {
            known.done = true;
            if decided.resolution == Some(Resolution::Escalate) {
                known.asked = Some(decided.blocker.task.revision);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::board::stage::{Script, task};
    use super::super::StandardPolicy;
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn start() -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000)
    }

    fn id(text: &str) -> TaskId {
        TaskId::new(text).unwrap()
    }

    /// What is due of one blocker.
    fn due(decisions: &mut Decisions, blocker: &Blocker, at: Timestamp) -> Option<Resolution> {
        let found = vec![blocker.clone()];
        let all = decisions.decide(found, &StandardPolicy::default(), (at, PATIENCE));
        let first = all.into_iter().next().unwrap();
        first.is_due.then_some(first.resolution).flatten()
    }

    fn failed(script: &Script) -> Blocker {
        let task = script.get("a").clone();
        Blocker::new(task, BlockerCause::Fatal).with_dependants([id("b")])
    }

    #[test]
    fn a_person_is_asked_once_per_failure() {
        let script = Script::new([task("a", &[])]).claim("a").fatal("a");
        let (mut decisions, blocker) = (Decisions::default(), failed(&script));
        assert_eq!(due(&mut decisions, &blocker, start()), Some(Resolution::Escalate));
        assert_eq!(due(&mut decisions, &blocker, start()), Some(Resolution::Escalate), "undone");
        let all = decisions.decide(
            vec![blocker.clone()],
            &StandardPolicy::default(),
            (start(), PATIENCE),
        );
        decisions.done(&all[0]);
        assert_eq!(due(&mut decisions, &blocker, start()), None);
        let more = blocker.clone().with_dependants([id("b"), id("c")]);
        assert_eq!(due(&mut decisions, &more, start()), None, "another task waits, too");
        let again = script.requeue("a", "anna").claim("a").fatal("a");
        assert_eq!(due(&mut decisions, &failed(&again), start()), Some(Resolution::Escalate));
    }

    #[test]
    fn a_blocker_that_goes_away_is_forgotten() {
        let script = Script::new([task("a", &[])]).claim("a").fatal("a");
        let (mut decisions, blocker) = (Decisions::default(), failed(&script));
        let policy = StandardPolicy::default();
        let all = decisions.decide(vec![blocker.clone()], &policy, (start(), PATIENCE));
        decisions.done(&all[0]);
        assert!(decisions.decide(Vec::new(), &policy, (start(), PATIENCE)).is_empty());
        assert_eq!(due(&mut decisions, &blocker, start()), Some(Resolution::Escalate));
    }

    #[test]
    fn a_task_without_an_agent_is_waited_for_first() {
        let script = Script::new([task("a", &[])]);
        let blocker = Blocker::new(script.get("a").clone(), BlockerCause::Unserved);
        let mut decisions = Decisions::default();
        let at = |secs| start().after(Duration::from_secs(secs));
        assert_eq!(due(&mut decisions, &blocker, at(0)), None);
        assert_eq!(due(&mut decisions, &blocker, at(29)), None);
        assert_eq!(due(&mut decisions, &blocker, at(30)), Some(Resolution::Escalate));
        // An agent came and went.
        decisions.decide(Vec::new(), &StandardPolicy::default(), (at(31), PATIENCE));
        assert_eq!(due(&mut decisions, &blocker, at(40)), None);
        assert_eq!(due(&mut decisions, &blocker, at(70)), Some(Resolution::Escalate));
    }

    #[test]
    fn a_task_that_was_put_back_is_waited_for_anew() {
        let script = Script::new([task("a", &[])]).claim("a").fatal("a");
        let (mut decisions, at) = (Decisions::default(), |s| start().after(Duration::from_secs(s)));
        assert_eq!(due(&mut decisions, &failed(&script), at(0)), Some(Resolution::Escalate));
        let script = script.requeue("a", "anna");
        let unserved = Blocker::new(script.get("a").clone(), BlockerCause::Unserved);
        assert_eq!(due(&mut decisions, &unserved, at(100)), None);
        assert_eq!(due(&mut decisions, &unserved, at(130)), Some(Resolution::Escalate));
    }
}
