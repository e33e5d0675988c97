//! More lanes than a handle was opened for.

use popkit_protocol::{IdSource as _, NewTask, RandomIds, TaskKind};
use popkit_store::{Beat, Heartbeat, StepRequest, TaskStore as _, TaskStoreExt as _};

use super::monitor::Monitor;
use super::support::{double, open, options, url};
use crate::redis::faults::support::{claim, done, id, worker};

fn of_kind(number: usize) -> NewTask {
    let kind = TaskKind::new(format!("kind-{number:03}")).unwrap();
    NewTask::new(id(&format!("t{number:03}")), kind)
}

#[tokio::test]
async fn a_handle_learns_of_lanes_that_others_have_and_gives_their_keys() {
    let double = double().await;
    let wide = options(&format!("{}&max_lanes=100", url(&double))).open().await.unwrap();
    let narrow = open(&double).await;
    let who = worker("w");
    narrow.insert_many(vec![of_kind(0), of_kind(1)]).await.unwrap();
    let first = narrow.step(claim(&who, 1)).await.unwrap().leases.remove(0);
    let monitor = Monitor::start(double.redis());
    wide.insert_many((2..100).map(of_kind).collect()).await.unwrap();
    // Nothing is done by the call that does not know them.
    let end = StepRequest::new(who.holder, 0, RandomIds.request());
    let end = end.with_finish(first.token, done()).with_claim(who.wants(99, &RandomIds));
    let leases = narrow.step(end).await.unwrap().leases;
    assert_eq!(leases.len(), 99);
    assert_eq!(leases[98].token.task, id("t099"));
    let beat = Heartbeat::new(who.holder, who.lease);
    let beat = leases.iter().fold(beat, |beat, one| beat.with(Beat::new(one.token.clone())));
    assert_eq!(narrow.heartbeat(beat).await.unwrap().renewed.len(), 99);
    let seen = monitor.end();
    assert!(seen.not_given.is_empty() && seen.commands > 0, "{seen:?}");
}

#[tokio::test]
async fn the_quick_ways_know_how_many_lanes_there_are_too() {
    let double = double().await;
    let wide = options(&format!("{}&max_lanes=100", url(&double))).open().await.unwrap();
    let narrow = options(&format!("{}&max_lanes=2", url(&double))).open().await.unwrap();
    narrow.insert(of_kind(0)).await.unwrap();
    wide.insert_many((1..100).map(of_kind).collect()).await.unwrap();
    let monitor = Monitor::start(double.redis());
    let again = NewTask::new(id("again"), of_kind(99).kind);
    narrow.insert(again).await.unwrap();
    let who = worker("w");
    let mut lease = narrow.step(claim(&who, 1)).await.unwrap().leases.remove(0);
    for number in 1..100 {
        let next = claim(&who, 1).with_finish(lease.token, done());
        lease = narrow.step(next).await.unwrap().leases.remove(0);
        assert_eq!(lease.token.task, of_kind(number).id);
    }
    let seen = monitor.end();
    assert!(seen.not_given.is_empty() && seen.commands > 0, "{seen:?}");
}
