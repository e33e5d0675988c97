//! Random operations, side by side on the backend and on [`MemoryStore`](crate::MemoryStore).
//!
//! `POPKIT_MODEL_CASES` sets how many sequences are tried (12 unless set),
//! `POPKIT_MODEL_SEED` which ones; a failure prints the seed that repeats it.

mod call;
mod op;
mod side;

use std::ops::Range;
use std::sync::Arc;

use popkit_protocol::{IdSource as _, ManualClock, RandomIds};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::call::Plan;
use self::op::{Op, sequence};
use self::side::Side;
use super::harness::Harness;
use super::stage::Stage;
use crate::{ClockSource, MemoryOptions};

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The same operations give the same results on every store: answers, states, attempts, the
/// order of claims, counts and events are those of the memory store.
///
/// Left out where the store judges by a clock that a case cannot turn.
pub async fn agrees_with_memory(h: &dyn Harness) {
    let Some(clock) = h.clock() else { return };
    if h.expected_capabilities().clock != ClockSource::Injected {
        return;
    }
    let cases = setting("POPKIT_MODEL_CASES").unwrap_or(12);
    let first = setting("POPKIT_MODEL_SEED")
        .unwrap_or_else(|| u64::try_from(RandomIds.draw() >> 72).unwrap_or_default());
    for seed in first..first + cases {
        let ops = draw(1..60, seed);
        let Err(why) = compare(h, &clock, &ops).await else { continue };
        let (ops, why) = shorten(h, &clock, ops, why).await;
        panic!("the backends part (POPKIT_MODEL_SEED={seed}): {why}\nafter {ops:#?}");
    }
}

/// The sequence of a seed.
fn draw(size: Range<usize>, seed: u64) -> Vec<Op> {
    let bytes: Vec<u8> = seed.to_le_bytes().repeat(4);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    sequence(size).new_tree(&mut runner).expect("a sequence").current()
}

/// Leaves out whatever the backends part without: halves first, single operations last.
async fn shorten(
    h: &dyn Harness,
    clock: &Arc<ManualClock>,
    mut ops: Vec<Op>,
    mut why: String,
) -> (Vec<Op>, String) {
    let mut width = ops.len() / 2;
    while width > 0 {
        let mut from = 0;
        while from < ops.len() {
            let rest = ops.iter().enumerate().filter(|(i, _)| !(from..from + width).contains(i));
            let fewer: Vec<Op> = rest.map(|(_, op)| op.clone()).collect();
            match compare(h, clock, &fewer).await {
                Err(still) => (ops, why) = (fewer, still),
                Ok(()) => from += width,
            }
        }
        width /= 2;
    }
    (ops, why)
}

/// Runs a sequence on both; says where they part.
async fn compare(h: &dyn Harness, clock: &Arc<ManualClock>, ops: &[Op]) -> Result<(), String> {
    let stage = Stage::new(h).await;
    let same_clock = Arc::clone(clock) as Arc<dyn popkit_protocol::Clock>;
    let lanes = stage.tasks.capabilities().max_lanes;
    let memory = MemoryOptions::default().clock(same_clock).max_lanes(lanes).open();
    let (mut real, mut model) = (Side::new(&*stage.tasks), Side::new(&memory));
    let mut plan = Plan::new(stage.now());
    for (number, op) in ops.iter().enumerate() {
        let Some(call) = plan.call(op) else {
            clock.advance(op.time());
            plan.now = stage.now();
            continue;
        };
        let (expected, found) = (model.perform(&call).await, real.perform(&call).await);
        if expected != found {
            return Err(format!(
                "operation {number}, {call:?}\n memory: {expected}\nbackend: {found}"
            ));
        }
    }
    let (expected, found) = (model.dump().await, real.dump().await);
    for (expected, found) in expected.iter().zip(&found) {
        if expected != found {
            return Err(format!("in the end\n memory: {expected}\nbackend: {found}"));
        }
    }
    if expected.len() != found.len() {
        return Err(format!("{} lines of dump, not {}", found.len(), expected.len()));
    }
    stage.audit().await;
    stage.tasks.close().await.map_err(|error| error.to_string())
}

/// Does so many random things to a store.
pub(super) async fn scramble(stage: &Stage<'_>, operations: usize) {
    let seed = u64::try_from(RandomIds.draw() >> 72).unwrap_or_default();
    let mut side = Side::new(&*stage.tasks);
    let mut plan = Plan::new(stage.now());
    for op in draw(operations..operations + 1, seed) {
        if let Some(call) = plan.call(&op) {
            side.perform(&call).await;
        } else if let Some(clock) = stage.clock() {
            clock.advance(op.time());
        }
        plan.now = stage.now();
    }
}
