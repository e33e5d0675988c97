//! `heartbeat`: a sign of life for what it lists.

use std::time::Duration;

use popkit_protocol::{Json, LeaseToken, Outcome, Progress, TaskState, limits};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, task, worker};
use crate::{Action, Beat, ErrorKind, Heartbeat};

fn json(text: &str) -> Json {
    Json::from_text(text).expect("JSON")
}

/// A heartbeat renews what it lists, and nothing else of its holder.
pub async fn renews_only_what_it_lists(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = stage.mortal("w");
    stage.insert(["kept", "forgotten"].map(task)).await;
    let held = stage.claim(&who, 2).await;
    for _ in 0..4 {
        stage.pass(stage.span() * 2 / 3).await;
        let reply = stage.beat(&who, &[&held[0]]).await;
        assert_eq!(reply.renewed.len(), 1);
        assert!(reply.lost.is_empty(), "only what is listed is reported");
    }
    assert_eq!(stage.state("kept").await, TaskState::Assigned);
    assert_eq!(stage.state("forgotten").await, TaskState::Pending, "rescued");
    stage.end(&who, &held[0], Outcome::Done { result: None }).await;
    stage.audit().await;
}

/// Progress makes an assigned task active, and is kept.
pub async fn progress_makes_active(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    for (fraction, note) in [(0.25, "reading"), (0.5, "writing")] {
        let beat = Beat::new(lease.token.clone()).with_progress(Progress::new(fraction, note));
        let beat = Heartbeat::new(who.holder, who.lease).with(beat);
        let reply = stage.tasks.heartbeat(beat).await.expect("answered");
        assert_eq!(reply.renewed, [(id("a"), TaskState::Active)]);
        let task = stage.get("a").await;
        assert_eq!(task.progress, Some(Progress::new(fraction, note)));
    }
    assert_eq!(stage.story("a").await, ["inserted", "claimed", "progressed", "progressed"]);
    stage.audit().await;
}

/// A checkpoint survives the lease: the next attempt goes on from it.
pub async fn checkpoint_reaches_the_next_attempt(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = stage.mortal("w");
    let lease = stage.hold(&who, task("a")).await;
    for point in ["1", r#"{"line": 20}"#] {
        let beat = Beat::new(lease.token.clone()).with_checkpoint(json(point));
        let beat = Heartbeat::new(who.holder, who.lease).with(beat);
        stage.tasks.heartbeat(beat).await.expect("answered");
    }
    stage.outlive().await;
    let next = stage.claim_one(&worker("next")).await;
    assert_eq!(next.task.checkpoint, Some(json(r#"{"line": 20}"#)));
    assert_eq!(next.task.attempt, 2);
    stage.audit().await;
}

/// A heartbeat learns which of its leases are gone, and why.
pub async fn tells_lost_and_cancelled(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["kept", "stopped", "ended"].map(task)).await;
    let held = stage.claim(&who, 3).await;
    stage.change("stopped", Action::Cancel { reason: None }).await;
    stage.end(&who, &held[2], Outcome::Done { result: None }).await;
    let nowhere = LeaseToken { task: id("nowhere"), ..held[0].token.clone() };
    let beat = [&held[0].token, &held[1].token, &held[2].token, &nowhere]
        .into_iter()
        .fold(Heartbeat::new(who.holder, who.lease), |beat, token| {
            beat.with(Beat::new(token.clone()))
        });
    let reply = stage.tasks.heartbeat(beat).await.expect("answered");
    assert_eq!(reply.renewed, [(id("kept"), TaskState::Assigned)]);
    let lost: Vec<_> = reply.lost.iter().map(|lost| (lost.task.as_str(), lost.state)).collect();
    let expected = [
        ("stopped", Some(TaskState::Cancelled)),
        ("ended", Some(TaskState::Done)),
        ("nowhere", None),
    ];
    assert_eq!(lost, expected);
    assert!(reply.lost[0].is_cancelled() && !reply.lost[1].is_cancelled());
    stage.audit().await;
}

/// A renewal alone is no event and no new revision.
pub async fn renewal_alone_writes_no_event(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    let log = stage.all_events().await;
    for _ in 0..5 {
        assert_eq!(stage.beat(&who, &[&lease]).await.renewed.len(), 1);
    }
    assert_eq!(stage.all_events().await, log);
    assert_eq!(stage.get("a").await.revision, lease.task.revision);
    stage.audit().await;
}

/// Progress of a paused task ends no pause; its lease is renewed all the same.
pub async fn progress_of_a_paused_task(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    stage.end(&who, &lease, Outcome::Pause { reason: None }).await;
    let beat = Beat::new(lease.token.clone()).with_progress(Progress::new(0.9, "hm"));
    let beat = Heartbeat::new(who.holder, who.lease).with(beat);
    let reply = stage.tasks.heartbeat(beat).await.expect("answered");
    assert_eq!(reply.renewed, [(id("a"), TaskState::Paused)]);
    assert_eq!(stage.state("a").await, TaskState::Paused);
    stage.audit().await;
}

/// Ranges are checked before anything happens.
pub async fn limits_change_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    let beat = |span: Duration| {
        let beat = Beat::new(lease.token.clone()).with_progress(Progress::new(0.5, ""));
        Heartbeat::new(who.holder, span).with(beat)
    };
    let big = Json::encode(&"x".repeat(limits::BODY_BYTES)).expect("JSON");
    let bad = [
        ("a lease too short", beat(Duration::from_millis(9))),
        ("a lease too long", beat(Duration::from_secs(24 * 3600 + 1))),
        ("a checkpoint", beat(who.lease).with(Beat::new(lease.token.clone()).with_checkpoint(big))),
    ];
    for (what, beat) in bad {
        let error = stage.tasks.heartbeat(beat).await.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}: {error}");
    }
    assert_eq!(stage.get("a").await, lease.task, "nothing changed");
    stage.audit().await;
}

/// What is renewed is reported in the order of the request.
pub async fn answers_keep_the_order(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b", "c"].map(task)).await;
    let held = stage.claim(&who, 3).await;
    let reply = stage.beat(&who, &[&held[2], &held[0], &held[1]]).await;
    let order: Vec<_> = reply.renewed.iter().map(|(task, _)| task.as_str()).collect();
    assert_eq!(order, ["c", "a", "b"]);
    assert!(reply.next_due.is_some_and(|due| due <= who.lease), "the next look is known");
    stage.audit().await;
}
