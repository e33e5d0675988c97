//! `close`: the end of a store for all its handles.

use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Cursor, Outcome, RandomIds, Requirement};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, kind, task, worker};
use crate::{
    Action, ChangeRequest, CountQuery, Document, Durability, ErrorKind, Heartbeat, HistoryQuery,
    InsertOptions, LaneRule, PruneQuery, Result, SaveOptions, StateKey, TaskQuery, Waiter,
};

fn assert_closed<T: std::fmt::Debug>(what: &str, answer: Result<T>) {
    let error = answer.expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Closed, "{what}: {error}");
}

/// After `close` every call is refused with `Closed`; closing again is no error.
pub async fn later_calls_are_closed(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("a")]).await;
    stage.tasks.close().await.expect("closed");
    let tasks = &stage.tasks;
    let batch = vec![task("b")];
    assert_closed("insert", tasks.insert_opts(batch, InsertOptions::default()).await);
    let step = who.step(&RandomIds).with_claim(who.wants(1, &RandomIds));
    assert_closed("step", tasks.step(step).await);
    assert_closed("heartbeat", tasks.heartbeat(Heartbeat::new(who.holder, who.lease)).await);
    let wants = who.wants(1, &RandomIds);
    let waiter = Waiter::new(who.holder, 0, wants, Duration::from_millis(10));
    assert_closed("wait", tasks.wait(waiter).await);
    let cancel = ChangeRequest::new(id("a"), Action::Cancel { reason: None }, "tester");
    assert_closed("change", tasks.change(cancel).await);
    assert_closed("get", tasks.get_many(&[id("a")]).await);
    assert_closed("query", tasks.query(TaskQuery::all()).await);
    assert_closed("counts", tasks.counts(CountQuery::default()).await);
    assert_closed("history", tasks.history(HistoryQuery::after(Cursor::START)).await);
    assert_closed("prune", tasks.prune(PruneQuery::before(stage.now())).await);
    let lane = Requirement::new(kind("work"));
    assert_closed("set_lane", tasks.set_lane(lane, LaneRule::default()).await);
    assert_closed("lanes", tasks.lanes().await);
    let key = StateKey::new("k").expect("a key");
    assert_closed("load", stage.documents.load(&key).await);
    let save = stage.documents.save(&key, Document::text("x"), SaveOptions::default());
    assert_closed("save", save.await);
    assert_closed("append", stage.documents.append(&key, Bytes::from_static(b"x"), 1).await);
    assert_closed("delete", stage.documents.delete(&key, None).await);
    assert_closed("list", stage.documents.list("", None, 1).await);
    tasks.close().await.expect("closed already");
}

/// What was accepted is kept: the store opens again with all of it, where it outlives its
/// process at all.
pub async fn what_was_accepted_is_kept(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if stage.tasks.capabilities().durability == Durability::Volatile {
        return;
    }
    let who = worker("w");
    stage.insert(["a", "b", "c"].map(task)).await;
    let held = stage.claim(&who, 2).await;
    stage.end(&who, &held[0], Outcome::Done { result: None }).await;
    let key = StateKey::new("k").expect("a key");
    let saved = stage.documents.save(&key, Document::text("x"), SaveOptions::default()).await;
    let version = saved.expect("saved");
    let (tasks, log) = (stage.all_tasks().await, stage.all_events().await);
    stage.tasks.close().await.expect("closed");
    let again = stage.reopen().await;
    assert_eq!(again.all_tasks().await, tasks);
    assert_eq!(again.all_events().await, log);
    let kept = again.documents.load(&key).await.expect("read").expect("there");
    assert_eq!((kept.version, kept.value), (version, Document::text("x")));
    again.end(&who, &held[1], Outcome::Done { result: None }).await;
    assert_eq!(again.claim_one(&who).await.task.id().as_str(), "c");
    again.audit().await;
}
