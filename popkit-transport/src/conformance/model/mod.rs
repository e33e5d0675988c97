//! Random operations, side by side on the backend and on
//! [`MemoryTransport`](crate::MemoryTransport).
//!
//! `POPKIT_MODEL_CASES` sets how many sequences are tried (12 unless set),
//! `POPKIT_MODEL_SEED` which ones; a failure prints the seed that repeats it.

mod op;
mod plan;
mod side;

use std::ops::Range;
use std::sync::Arc;

use popkit_protocol::{IdSource as _, RandomIds};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::op::{CHANNELS, HANDLES, How, Op, Sketch, sequence};
use self::plan::{Able, Plan};
use self::side::{Side, start};
use super::harness::Harness;
use super::stage::Stage;
use crate::{Keep, MemoryOptions, Transport};

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The same operations tell every reader the same: messages, gaps and latest values are those
/// of the memory transport, in each channel in the same order, however its readers come and
/// go.
pub async fn agrees_with_memory(h: &dyn Harness) {
    if !h.expected_capabilities().replay {
        return;
    }
    let cases = setting("POPKIT_MODEL_CASES").unwrap_or(12);
    let first = setting("POPKIT_MODEL_SEED")
        .unwrap_or_else(|| u64::try_from(RandomIds.draw() >> 72).unwrap_or_default());
    for seed in first..first + cases {
        let ops = draw(1..60, seed);
        let Err(why) = compare(h, &ops).await else { continue };
        let (ops, why) = shorten(h, ops, why).await;
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
async fn shorten(h: &dyn Harness, mut ops: Vec<Op>, mut why: String) -> (Vec<Op>, String) {
    let mut width = ops.len() / 2;
    while width > 0 {
        let mut from = 0;
        while from < ops.len() {
            let rest = ops.iter().enumerate().filter(|(i, _)| !(from..from + width).contains(i));
            let fewer: Vec<Op> = rest.map(|(_, op)| op.clone()).collect();
            match compare(h, &fewer).await {
                Err(still) => (ops, why) = (fewer, still),
                Ok(()) => from += width,
            }
        }
        width /= 2;
    }
    (ops, why)
}

/// Runs a sequence on both; says where they part.
async fn compare(h: &dyn Harness, ops: &[Op]) -> Result<(), String> {
    let stage = Stage::new(h).await;
    let able = Able::of(&stage.transport.capabilities());
    let memory: Arc<dyn Transport> = Arc::new(MemoryOptions::default().keep(Keep::ALL).open());
    let real = stage.handles(able.handles).await.into_iter().map(|handle| handle.transport);
    let mut model = Side::new(vec![memory; HANDLES]);
    let mut real = Side::new(real.collect());
    let mut plan = Plan::new(able);
    for (number, op) in ops.iter().enumerate() {
        let parted = |expected: &dyn std::fmt::Debug, found: &dyn std::fmt::Debug| {
            Err(format!("operation {number}, {op:?}\n memory: {expected:?}\nbackend: {found:?}"))
        };
        match op {
            Op::Publish { handle, messages } => {
                let messages = plan.messages(messages);
                let expected = model.publish(*handle, messages.clone()).await;
                let found = real.publish(*handle, messages).await;
                if expected != found {
                    return parted(&expected, &found);
                }
            }
            Op::Open { reader, handle, channels, early, capacity } => {
                for side in [&mut model, &mut real] {
                    side.open(*reader, *handle, channels, start(*early, *capacity)).await;
                }
            }
            Op::Read { reader, most } => {
                let count = model.read_ready(*reader, *most).await;
                real.read(*reader, count).await;
            }
            Op::Restart { reader, handle, capacity } => {
                for side in [&mut model, &mut real] {
                    side.restart(*reader, *handle, *capacity).await;
                }
            }
            Op::Once { handle, channels } => {
                let expected = model.once(*handle, channels).await;
                let found = real.once(*handle, channels).await;
                if expected != found {
                    return parted(&expected, &found);
                }
            }
        }
    }
    compare_readers(&mut model, &mut real, &mut plan).await?;
    stage.transport.close().await.map_err(|error| error.to_string())
}

/// Lets all readers read to a last message in each channel, and compares what they were told.
async fn compare_readers(model: &mut Side, real: &mut Side, plan: &mut Plan) -> Result<(), String> {
    let last = |channel| Sketch { channel, how: How::Plain, header: false };
    let last = plan.messages(&(0..CHANNELS).map(last).collect::<Vec<_>>());
    model.publish(0, last.clone()).await;
    real.publish(0, last).await;
    for reader in model.readers() {
        let count = model.read_ready(reader, usize::MAX).await;
        real.read(reader, count).await;
        let expected = model.told(reader);
        let values_came = real.read_values(reader, &expected).await;
        let found = real.told(reader);
        if !values_came || found != expected {
            return Err(format!("reader {reader}\n memory: {expected:?}\nbackend: {found:?}"));
        }
    }
    Ok(())
}
