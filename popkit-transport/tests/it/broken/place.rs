//! What all handles of one name share.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use popkit_protocol::{Channel, IdSource, ManualClock};
use popkit_transport::conformance::Tuning;
use popkit_transport::{
    Keep, MemoryOptions, MemoryTransport, Position, PublishOptions, Transport as _,
};

use super::Fault;

/// A log that outlives its transports: what was accepted is written down, and put back into
/// memory where the memory of before was closed.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) fault: Fault,
    clock: Arc<ManualClock>,
    ids: Arc<SameEpoch>,
    keep: Keep,
    pub(super) accepted: tokio::sync::Mutex<Accepted>,
    cuts: AtomicU64,
    taken: Mutex<HashSet<(Channel, Position)>>,
}

/// What was accepted, and the transport that has it in memory now.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) memory: MemoryTransport,
    pub(super) written: Vec<(Channel, Bytes, PublishOptions)>,
    /// How many publishes were tried.
    pub(super) tried: u64,
    /// For counts that are wrong.
    pub(super) counts: HashMap<String, u64>,
}

/// Ids that differ in their lower half: the transports of one place take themselves for the
/// same log. Another place has other ids.
#[derive(Debug)]
struct SameEpoch {
    epoch: u128,
    last: AtomicU64,
}

impl IdSource for SameEpoch {
    fn draw(&self) -> u128 {
        self.epoch | u128::from(self.last.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl Place {
    pub(super) fn new(fault: Fault, clock: Arc<ManualClock>, tuning: &Tuning) -> Self {
        let epoch = popkit_protocol::RandomIds.draw() & !u128::from(u64::MAX);
        let ids = Arc::new(SameEpoch { epoch, last: AtomicU64::new(0) });
        let mut keep = tuning.keep;
        if fault == Fault::KeepsTooFew {
            keep.messages = keep.messages.map(|messages| messages - 1);
        }
        let memory = open(&clock, &ids, keep);
        let accepted = Accepted { memory, written: Vec::new(), tried: 0, counts: HashMap::new() };
        let accepted = tokio::sync::Mutex::new(accepted);
        let (cuts, taken) = (AtomicU64::new(0), Mutex::default());
        Self { fault, clock, ids, keep, accepted, cuts, taken }
    }

    /// The transport that has what was accepted; a new one where it was closed.
    pub(super) async fn memory(&self) -> MemoryTransport {
        let mut accepted = self.accepted.lock().await;
        if accepted.memory.ping().await.is_ok() {
            return accepted.memory.clone();
        }
        let memory = open(&self.clock, &self.ids, self.keep);
        if self.fault == Fault::LastIsLostAtClose {
            accepted.written.pop();
        }
        for (channel, payload, opts) in &accepted.written {
            let put = memory.publish_opts(channel, payload.clone(), opts.clone());
            put.await.expect("accepted before");
        }
        accepted.memory = memory.clone();
        memory
    }

    /// Cuts the connections of all handles and readers.
    pub(super) fn cut(&self) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
    }

    /// How often the connections were cut.
    pub(super) fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::SeqCst)
    }

    /// Whether nobody has taken this message before.
    pub(super) fn take(&self, channel: &Channel, position: &Position) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert((channel.clone(), position.clone()))
    }
}

fn open(clock: &Arc<ManualClock>, ids: &Arc<SameEpoch>, keep: Keep) -> MemoryTransport {
    let (clock, ids) = (Arc::clone(clock) as _, Arc::clone(ids) as _);
    MemoryOptions::default().clock(clock).ids(ids).keep(keep).open()
}
