//! In which order messages are read.

use std::slice::from_ref;

use crate::SubscribeOptions;
use crate::conformance::account::Ledger;
use crate::conformance::harness::Harness;
use crate::conformance::races::{publish_as, race};
use crate::conformance::stage::{Stage, channel, once};

const PUBLISHERS: usize = 8;
const EACH: usize = 200;

/// The messages of each publisher are read in its order, however many publish at once, over
/// whichever handles, and in whatever way.
pub async fn per_publisher_under_concurrency(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    race(&stage, PUBLISHERS, |number, transport| {
        let lane = lane.clone();
        async move { publish_as(&*transport, &lane, number, EACH).await }
    })
    .await;
    let mut ledger = Ledger::default();
    while ledger.total() < PUBLISHERS * EACH {
        ledger.enter(&reader.event().await);
    }
    reader.is_idle().await;
}

/// Publishers that share one handle keep their orders, too.
pub async fn per_publisher_over_one_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let shared = std::sync::Arc::clone(&stage.transport);
    race(&stage, PUBLISHERS, |number, _| {
        let (lane, shared) = (lane.clone(), std::sync::Arc::clone(&shared));
        async move { publish_as(&*shared, &lane, number, 50).await }
    })
    .await;
    let mut ledger = Ledger::default();
    while ledger.total() < PUBLISHERS * 50 {
        ledger.enter(&reader.event().await);
    }
}

/// Where the order is one per channel, every reader is told the same one: those that were
/// there, those of other handles, and those that come later.
pub async fn one_for_all_readers(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_one_order() {
        return;
    }
    let lane = channel("pop:results");
    let mut readers = Vec::new();
    for (number, handle) in stage.handles(3).await.into_iter().enumerate() {
        let opts = SubscribeOptions::default().with_capacity(1 + number * 20);
        readers.push(handle.read(from_ref(&lane), opts).await);
    }
    race(&stage, PUBLISHERS, |number, transport| {
        let lane = lane.clone();
        async move { publish_as(&*transport, &lane, number, 40).await }
    })
    .await;
    let mut orders = Vec::new();
    for reader in &mut readers {
        let mut ledger = Ledger::default();
        while ledger.total() < PUBLISHERS * 40 {
            ledger.enter(&reader.event().await);
        }
        orders.push(ledger.order().to_vec());
    }
    if stage.replays() {
        let mut ledger = Ledger::default();
        let mut late = stage.other().await.read(from_ref(&lane), once().with_capacity(9)).await;
        late.rest().await.iter().for_each(|event| ledger.enter(event));
        orders.push(ledger.order().to_vec());
    }
    for order in &orders {
        assert!(*order == orders[0], "two readers, two orders");
    }
}
