//! What is done, drawn at random.

use std::ops::Range;

use proptest::prelude::*;

/// One operation. Channels, keys, handles and readers are numbers; a
/// [`Side`](super::side::Side) has them under those.
#[derive(Debug, Clone)]
pub(super) enum Op {
    /// One message, or several in one batch.
    Publish { handle: usize, messages: Vec<Sketch> },
    /// Another reader, in place of the one of this number.
    Open { reader: usize, handle: usize, channels: Vec<usize>, early: bool, capacity: usize },
    /// Reads at most so many messages of the log.
    Read { reader: usize, most: usize },
    /// The reader is dropped and goes on from its cursor.
    Restart { reader: usize, handle: usize, capacity: usize },
    /// Reads all there is, and ends.
    Once { handle: usize, channels: Vec<usize> },
}

/// The outline of a message.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    pub(super) channel: usize,
    pub(super) how: How,
    pub(super) header: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    Plain,
    Relaxed,
    /// With a stamp, after leaving out so many numbers.
    Stamped(u64),
    /// With a stamp, and at once again.
    Twice,
    /// The latest value of a key.
    Latest(usize),
    /// Refused: one byte too large.
    TooLarge,
    /// Refused: a header that is not allowed.
    BadHeader,
}

/// Different channels, readers and handles of one sequence.
pub(super) const CHANNELS: usize = 3;
pub(super) const READERS: usize = 4;
pub(super) const HANDLES: usize = 2;

fn sketch() -> impl Strategy<Value = Sketch> {
    let how = prop_oneof![
        6 => Just(How::Plain),
        2 => Just(How::Relaxed),
        4 => prop_oneof![4 => Just(0_u64), 1 => 1..4_u64].prop_map(How::Stamped),
        2 => Just(How::Twice),
        3 => (0..3_usize).prop_map(How::Latest),
        1 => Just(How::TooLarge),
        1 => Just(How::BadHeader),
    ];
    let message = (0..CHANNELS, how, prop::bool::weighted(0.3));
    message.prop_map(|(channel, how, header)| Sketch { channel, how, header })
}

fn op() -> impl Strategy<Value = Op> {
    let handle = || 0..HANDLES;
    let reader = || 0..READERS;
    let capacity = || prop::sample::select(vec![1_usize, 2, 5, 256]);
    let channels = || {
        let some = prop::collection::btree_set(0..CHANNELS, 1..=CHANNELS);
        some.prop_map(|some| some.into_iter().collect::<Vec<_>>())
    };
    let batch = prop_oneof![
        3 => prop::collection::vec(sketch(), 1),
        1 => prop::collection::vec(sketch(), 2..12),
    ];
    prop_oneof![
        8 => (handle(), batch).prop_map(|(handle, messages)| Op::Publish { handle, messages }),
        2 => (reader(), handle(), channels(), any::<bool>(), capacity()).prop_map(
            |(reader, handle, channels, early, capacity)| {
                Op::Open { reader, handle, channels, early, capacity }
            }
        ),
        5 => (reader(), 1..9_usize).prop_map(|(reader, most)| Op::Read { reader, most }),
        3 => (reader(), handle(), capacity())
            .prop_map(|(reader, handle, capacity)| Op::Restart { reader, handle, capacity }),
        1 => (handle(), channels()).prop_map(|(handle, channels)| Op::Once { handle, channels }),
    ]
}

/// A sequence of so many operations.
pub(super) fn sequence(size: Range<usize>) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), size)
}
