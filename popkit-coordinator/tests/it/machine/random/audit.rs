//! What a random life shows, judged from its journal alone and from what agents really sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use popkit_coordinator::machine::{End, Event, PhaseEnd, Policy};
use popkit_protocol::AgentId;

/// What went wrong in one life; all zero is well.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) early: usize,
    pub(super) twice: usize,
    pub(super) stuck: usize,
    pub(super) replay_mismatch: usize,
    pub(super) journal: usize,
    pub(super) released: usize,
    pub(super) restarts: usize,
    pub(super) removed: usize,
    pub(super) inputs: u64,
}

/// Judges a journal. `acked` is what each agent really answered.
pub(super) fn audit(
    journal: &BTreeMap<u64, Event>,
    acked: &BTreeMap<String, BTreeSet<AgentId>>,
    (end, policy, phases): (Option<&End>, Policy, u32),
) -> Verdict {
    let mut verdict = Verdict::default();
    let numbers: Vec<u64> = journal.keys().copied().collect();
    verdict.journal += usize::from(numbers != (1..=numbers.len() as u64).collect::<Vec<_>>());
    let mut open: BTreeMap<&str, BTreeSet<&AgentId>> = BTreeMap::new();
    let mut over: BTreeSet<u64> = BTreeSet::new();
    let mut began = 0;
    let mut free_to_begin = false;
    // Phases with a part that could not be done.
    let mut failed: BTreeSet<u32> = BTreeSet::new();
    for event in journal.values() {
        match event {
            Event::BarrierOpened { barrier, members, .. } => {
                let twice = open.insert(barrier, members.iter().collect());
                verdict.twice += usize::from(twice.is_some());
            }
            Event::BarrierReached { barrier, agent } => {
                let answered = acked.get(barrier).is_some_and(|all| all.contains(agent));
                verdict.early += usize::from(!answered);
                open.entry(barrier).or_default().remove(agent);
            }
            Event::BarrierShrunk { barrier, agent, .. } => {
                verdict.removed += 1;
                open.entry(barrier).or_default().remove(agent);
            }
            Event::BarrierReleased { barrier, generation, .. } => {
                verdict.released += 1;
                verdict.early += usize::from(!open[barrier.as_str()].is_empty());
                verdict.twice += usize::from(!over.insert(*generation));
                free_to_begin = true;
            }
            Event::BarrierFailed { generation, .. } => {
                verdict.twice += usize::from(!over.insert(*generation));
            }
            Event::PhaseBegan { phase } => {
                verdict.early += usize::from(!free_to_begin || *phase != began);
                began += 1;
                free_to_begin = false;
            }
            Event::PartFailed { phase, .. } => {
                failed.insert(*phase);
            }
            // Only the end of its time can end a phase so, here, where all parts went well:
            // nobody would have.
            Event::PhaseEnded { how: PhaseEnd::Incomplete, phase } => {
                verdict.stuck += usize::from(!failed.contains(phase));
            }
            _ => {}
        }
    }
    let ended = journal.values().filter(|event| matches!(event, Event::Ended { .. })).count();
    verdict.twice += usize::from(ended > 1);
    match end {
        Some(End::Completed) => verdict.stuck += usize::from(began != phases),
        Some(End::Failed { .. }) if policy == Policy::Fail => {}
        // All parts of the last phase that began.
        Some(End::Failed { .. }) if began > 0 && failed.contains(&(began - 1)) => {}
        _ => verdict.stuck += 1,
    }
    verdict
}

/// The sum of many lives.
#[derive(Debug, Default)]
pub(super) struct Totals {
    lives: usize,
    sum: Verdict,
    /// Seeds in which something went wrong.
    bad: Vec<u64>,
}

impl Totals {
    /// Adds one; says whether nothing went wrong in it.
    pub(super) fn add(&mut self, seed: u64, verdict: &Verdict) -> bool {
        self.lives += 1;
        let sum = &mut self.sum;
        sum.early += verdict.early;
        sum.twice += verdict.twice;
        sum.stuck += verdict.stuck;
        sum.replay_mismatch += verdict.replay_mismatch;
        sum.journal += verdict.journal;
        sum.released += verdict.released;
        sum.restarts += verdict.restarts;
        sum.removed += verdict.removed;
        sum.inputs += verdict.inputs;
        let faults = verdict.early + verdict.twice + verdict.stuck + verdict.replay_mismatch;
        let is_bad = faults + verdict.journal > 0;
        if is_bad {
            self.bad.push(seed);
        }
        !is_bad
    }

    /// Nothing went wrong, and enough was tried that it could have.
    #[track_caller]
    pub(super) fn check(&self) {
        assert!(self.bad.is_empty(), "{self}\nseeds: {:?}", self.bad);
        let sum = &self.sum;
        assert!(sum.released > self.lives && sum.restarts > self.lives, "{self}");
        assert!(sum.removed > self.lives / 10, "{self}");
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { early, twice, stuck, replay_mismatch, journal, .. } = &self.sum;
        let Verdict { released, restarts, removed, inputs, .. } = &self.sum;
        write!(
            f,
            "lives={} inputs={inputs} restarts={restarts} released={released} removed={removed} \
             early={early} twice={twice} stuck={stuck} replay_mismatch={replay_mismatch} \
             journal_faults={journal}",
            self.lives
        )
    }
}

/// A journal in which all is well, for one phase and one agent.
fn good() -> Vec<Event> {
    let (barrier, generation, agent) = ("phase-0".to_owned(), 1, AgentId::new("x").unwrap());
    let (members, arrived) = ([agent.clone()].into(), [agent.clone()].into());
    vec![
        Event::BarrierOpened { barrier: barrier.clone(), generation, members },
        Event::BarrierReached { barrier: barrier.clone(), agent },
        Event::BarrierReleased { barrier, generation, arrived },
        Event::PhaseBegan { phase: 0 },
        Event::PhaseEnded { phase: 0, how: PhaseEnd::Done },
        Event::Ended { end: End::Completed },
    ]
}

fn judged(events: Vec<Event>, end: Option<&End>) -> (usize, usize, usize) {
    let journal = (1..).zip(events).collect();
    let acked = [("phase-0".to_owned(), [AgentId::new("x").unwrap()].into())].into();
    let verdict = audit(&journal, &acked, (end, Policy::Proceed, 1));
    (verdict.early, verdict.twice, verdict.stuck)
}

#[test]
fn the_auditor_sees_what_is_wrong() {
    let end = Some(&End::Completed);
    assert_eq!(judged(good(), end), (0, 0, 0));
    let mut early = good();
    early.remove(1);
    assert_eq!(judged(early, end), (1, 0, 0), "released before its member came");
    let mut forged = good();
    let (barrier, agent) = ("phase-0".to_owned(), AgentId::new("y").unwrap());
    forged.insert(1, Event::BarrierReached { barrier, agent });
    assert_eq!(judged(forged, end), (1, 0, 0), "somebody arrived who never answered");
    let mut twice = good();
    twice.insert(3, twice[2].clone());
    assert_eq!(judged(twice, end), (0, 1, 0), "released twice");
    let mut unsynced = good();
    unsynced.remove(2);
    assert_eq!(judged(unsynced, end), (1, 0, 0), "a phase began without its barrier");
    assert_eq!(judged(good(), None), (0, 0, 1), "it never ended");
    let mut late = good();
    late[4] = Event::PhaseEnded { phase: 0, how: PhaseEnd::Incomplete };
    assert_eq!(judged(late, end), (0, 0, 1), "only its time ended the phase");
    let gap =
        good().into_iter().enumerate().map(|(at, event)| (1 + 2 * at as u64, event)).collect();
    assert_eq!(audit(&gap, &BTreeMap::new(), (end, Policy::Proceed, 1)).journal, 1);
}
