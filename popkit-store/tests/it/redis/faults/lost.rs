//! Answers that are lost after the server has acted.

use std::time::Duration;

use popkit_protocol::{OutcomeKind, TaskState};
use popkit_store::{
    Action, Beat, ChangeRequest, ErrorKind, Heartbeat, Inserted, StepRequest, TaskStore,
    TaskStoreExt as _,
};
use popkit_testkit::{FaultProxy, wait_until};

use super::support::{
    DEADLINE, HOUR, Waiting, claim, done, finish, hasty, hold, id, logged, open, server,
    spawn_waiter, story, task, told, until_ok, until_parked, woken, worker,
};

/// Makes a call whose answer is thrown away, and returns once the server has acted.
async fn unanswered<T: std::fmt::Debug>(
    proxy: &FaultProxy,
    call: impl Future<Output = popkit_store::Result<T>>,
) {
    let before = proxy.bytes_dropped();
    proxy.drop_replies();
    let error = call.await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    wait_until(DEADLINE, "an answer that is thrown away", || proxy.bytes_dropped() > before);
    proxy.heal();
}

#[tokio::test]
async fn a_step_that_is_repeated_is_answered_the_same_and_done_once() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let direct = open(&server.url()).await;
    direct.insert_many((0..12).map(|n| task(&n.to_string())).collect()).await.unwrap();
    direct.step(claim(&worker("v"), 0)).await.unwrap();
    let store = hasty(&proxy.url()).await;
    let who = worker("w");
    let mut held = Vec::new();
    let mut finished = 0;
    for _ in 0..4 {
        let mut request = claim(&who, 3);
        for lease in std::mem::take(&mut held) {
            request = request.with_finish(lease, done());
        }
        finished += request.finish.len();
        unanswered(&proxy, store.step(request.clone())).await;
        let reply = until_ok("an answer", async || store.step(request.clone()).await).await;
        assert_eq!((reply.finished.len(), reply.leases.len()), (request.finish.len(), 3));
        assert!(reply.finished.iter().all(popkit_store::Finished::is_accepted), "{reply:?}");
        let again = until_ok("an answer", async || store.step(request.clone()).await).await;
        assert_eq!(told(&again), told(&reply));
        held = reply.leases.into_iter().map(|lease| lease.token).collect();
    }
    assert_eq!(logged(&direct, "claimed").await, 12);
    assert_eq!(logged(&direct, "completed").await, finished);
}

#[tokio::test]
async fn a_repeat_leaves_out_leases_that_were_lost_since() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let (direct, store) = (open(&server.url()).await, hasty(&proxy.url()).await);
    direct.insert_many(vec![task("a"), task("b")]).await.unwrap();
    direct.step(claim(&worker("v"), 0)).await.unwrap();
    let request: StepRequest = claim(&worker("w"), 2);
    unanswered(&proxy, store.step(request.clone())).await;
    direct.cancel(&id("a"), "tester", None).await.unwrap();
    let reply = until_ok("an answer", async || store.step(request.clone()).await).await;
    let names: Vec<_> = reply.leases.iter().map(|lease| lease.task.id().as_str()).collect();
    assert_eq!(names, ["b"]);
}

#[tokio::test]
async fn every_other_write_can_be_repeated_too() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let (direct, store) = (open(&server.url()).await, hasty(&proxy.url()).await);
    // The server knows all scripts, so that the answer that is lost is not that it does not.
    direct.insert(task("z")).await.unwrap();
    direct.heartbeat(Heartbeat::new(worker("v").holder, HOUR)).await.unwrap();
    direct.cancel(&id("z"), "tester", None).await.unwrap();
    unanswered(&proxy, store.insert(task("a"))).await;
    let again = until_ok("an answer", async || store.insert(task("a")).await).await;
    assert_eq!(again, Inserted::Duplicate(id("a")));

    let who = worker("w");
    let lease = hold(&direct, &who).await;
    let beat = || Heartbeat::new(who.holder, who.lease).with(Beat::new(lease.token.clone()));
    unanswered(&proxy, store.heartbeat(beat())).await;
    let reply = until_ok("an answer", async || store.heartbeat(beat()).await).await;
    assert_eq!(reply.renewed, [(id("a"), TaskState::Assigned)]);

    let revision = direct.get(&id("a")).await.unwrap().unwrap().revision;
    let cancel = ChangeRequest::new(id("a"), Action::Cancel { reason: None }, "tester")
        .at_revision(revision);
    unanswered(&proxy, store.change(cancel.clone())).await;
    let refused = until_ok("an answer", async || match store.change(cancel.clone()).await {
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(error),
        Err(error) => Err(error),
        Ok(task) => panic!("changed twice: {task:?}"),
    });
    assert_eq!(refused.await.outcome(), OutcomeKind::NotApplied);
    assert_eq!(story(&direct, "a").await, ["inserted", "claimed", "cancelled"]);
}

#[tokio::test]
async fn a_lease_that_was_handed_over_into_a_broken_connection_is_rescued() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let (direct, store) = (open(&server.url()).await, open(&proxy.url()).await);
    // From here on the lane is known, so that work is handed over in it.
    direct.insert(task("z")).await.unwrap();
    finish(&direct, &worker("v"), &hold(&direct, &worker("v")).await).await;
    let mortal = worker("w").with_lease(Duration::from_secs(1));
    let mut waiting = Waiting::new();
    spawn_waiter(&mut waiting, &store, mortal);
    until_parked(&server, 1).await;
    proxy.cut_after_reply_bytes(0);
    direct.insert(task("a")).await.unwrap();
    // The letter went with the connection. The agent learns of that, looks again, and gets the
    // task once nobody renews the lost lease.
    let (_, lease) = woken(&direct, &mut waiting).await;
    assert_eq!(lease.token.task, id("a"));
    let story = story(&direct, "a").await;
    // Where the agent was just asking anew, that connection broke instead and nothing was lost.
    let (lost, kept) = (["inserted", "claimed", "rescued", "claimed"], ["inserted", "claimed"]);
    assert!(story == lost || story == kept, "{story:?}");
}
