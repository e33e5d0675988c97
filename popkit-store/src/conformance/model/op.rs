//! What is done, drawn at random.

use std::ops::Range;
use std::time::Duration;

use proptest::prelude::*;

/// One operation. Tasks, workers and leases are numbers; [`Plan`](super::call::Plan) makes
/// names of them.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Insert(Vec<Sketch>),
    /// Where the reply got lost, the step is repeated at once.
    Step {
        who: usize,
        slot: u32,
        finish: Vec<(usize, usize)>,
        want: usize,
        lost: bool,
    },
    /// The last step of the slot comes again.
    Repeat {
        who: usize,
        slot: u32,
    },
    Beat {
        who: usize,
        picks: Vec<usize>,
        news: usize,
    },
    Change {
        task: usize,
        action: usize,
        stale: bool,
    },
    Advance(u64),
    Prune {
        older: u64,
    },
    Rule {
        kind: usize,
        able: bool,
        paused: bool,
        limit: u32,
    },
}

impl Op {
    /// The time that passes by it.
    pub(super) fn time(&self) -> Duration {
        match self {
            Self::Advance(millis) => Duration::from_millis(*millis),
            _ => Duration::ZERO,
        }
    }
}

/// The outline of a task.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    pub(super) task: usize,
    pub(super) kind: usize,
    pub(super) level: u8,
    pub(super) needs: Vec<(usize, usize)>,
    pub(super) unique: Option<u8>,
    pub(super) delay: Option<u64>,
    pub(super) attempts: u32,
    pub(super) abandons: u32,
    pub(super) review: bool,
    pub(super) backlog: bool,
    pub(super) able: bool,
}

/// Different tasks of one sequence.
pub(super) const TASKS: usize = 16;

fn sketch() -> impl Strategy<Value = Sketch> {
    let needs = prop::collection::vec((0..TASKS, 0..4_usize), 0..3);
    let place = (0..TASKS, 0..3_usize, 4..7_u8, needs);
    let waits = (prop::option::weighted(0.2, 0..3_u8), prop::option::weighted(0.2, 1..40_000_u64));
    let limits = (1..4_u32, 1..4_u32);
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.15), prop::bool::weighted(0.2));
    (place, waits, limits, flags).prop_map(|(place, waits, limits, flags)| Sketch {
        task: place.0,
        kind: place.1,
        level: place.2,
        needs: place.3,
        unique: waits.0,
        delay: waits.1,
        attempts: limits.0,
        abandons: limits.1,
        review: flags.0,
        backlog: flags.1,
        able: flags.2,
    })
}

fn op() -> impl Strategy<Value = Op> {
    let finish = prop::collection::vec((0..8_usize, 0..9_usize), 0..4);
    let who = || 0..3_usize;
    let slot = || 0..2_u32;
    let spans = prop::sample::select(vec![1_u64, 700, 5_000, 10_001, 31_000, 120_000]);
    prop_oneof![
        4 => prop::collection::vec(sketch(), 1..5).prop_map(Op::Insert),
        9 => (who(), slot(), finish, 0..4_usize, prop::bool::weighted(0.25))
            .prop_map(|(who, slot, finish, want, lost)| Op::Step { who, slot, finish, want, lost }),
        1 => (who(), slot()).prop_map(|(who, slot)| Op::Repeat { who, slot }),
        3 => (who(), prop::collection::vec(0..8_usize, 0..4), 0..4_usize)
            .prop_map(|(who, picks, news)| Op::Beat { who, picks, news }),
        3 => (0..TASKS, 0..8_usize, prop::bool::weighted(0.1))
            .prop_map(|(task, action, stale)| Op::Change { task, action, stale }),
        4 => spans.prop_map(Op::Advance),
        1 => (0..60_000_u64).prop_map(|older| Op::Prune { older }),
        2 => (0..4_usize, prop::bool::weighted(0.2), prop::bool::weighted(0.4), 0..4_u32)
            .prop_map(|(kind, able, paused, limit)| Op::Rule { kind, able, paused, limit }),
    ]
}

/// A sequence of so many operations.
pub(super) fn sequence(size: Range<usize>) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), size)
}
