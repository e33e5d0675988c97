//! Tasks by hand.

use popkit_protocol::{SequentialIds, TaskState};
use popkit_store::{CountQuery, TaskStoreExt as _};
use std::sync::Arc;

use super::{ask, desk, line_of, listed, refused};
use crate::supervisor::Stage;

#[tokio::test]
async fn s5_a_task_made_by_hand_can_be_claimed_at_once() {
    for stage in Stage::both().await {
        let desk = desk(&stage);
        let made = ask(&desk, "create Fix the parser --id fix-1 --kind fix --priority 9").await;
        assert_eq!(made.text, "created task fix-1: ready for an agent with kind=fix");
        let line = line_of(made);
        assert_eq!((line.stands.as_str(), line.title.as_str()), ("ready", "Fix the parser"));
        let lease = stage.claim("fix").await;
        assert_eq!((lease.task.id().as_str(), lease.task.priority.level()), ("fix-1", 9));
        stage.finish(&lease, popkit_protocol::Outcome::Done { result: None }).await;
        assert_eq!(stage.get("fix-1").await.state, TaskState::Done, "one task, and it is done");
        assert_eq!(stage.store.counts(CountQuery::default()).await.unwrap().total(), 1);
    }
}

#[tokio::test]
async fn s5_a_parked_task_is_seen_to_be_parked_until_it_is_enqueued() {
    for stage in Stage::both().await {
        let desk = desk(&stage);
        let made = ask(&desk, "create Later --id later --kind work --backlog").await;
        let parked = "parked in the backlog; `enqueue later` makes it claimable";
        assert_eq!(made.text, format!("created task later: {parked}"));
        assert_eq!(listed(&desk, "tasks backlog").await, ["later"]);
        let claimant = crate::supervisor::claimant(&["work"]);
        assert_eq!(stage.store.claim(&claimant).await.unwrap(), None);
        assert_eq!(ask(&desk, "enqueue later").await.text, "task later is ready now");
        stage.done_of("work", "later").await;
    }
}

#[tokio::test]
async fn a_task_without_a_name_is_given_one() {
    let stage = Stage::memory();
    let desk = desk(&stage).with_ids(Arc::new(SequentialIds::default()));
    let first = line_of(ask(&desk, "create One").await);
    let second = line_of(ask(&desk, "create Two").await);
    assert_ne!(first.id, second.id);
    assert_eq!(first.kind.as_str(), "task");
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_and_nothing_changes() {
    for stage in Stage::both().await {
        let desk = desk(&stage);
        ask(&desk, "create First --id a --kind a").await;
        stage.done("a").await;
        let text = refused(&desk, "create Second --id a").await;
        assert_eq!(text, "there is a task a already, and it is done; choose another --id");
        assert_eq!(stage.get("a").await.spec.title, "First");
    }
}

#[tokio::test]
async fn a_task_behind_others_says_so() {
    for stage in Stage::both().await {
        let desk = desk(&stage);
        ask(&desk, "create A --id a --kind a").await;
        ask(&desk, "create B --id b --kind b").await;
        let made = ask(&desk, "create C --id c --kind c --needs a,b").await;
        assert_eq!(made.text, "created task c: blocked until 2 other tasks have ended");
        stage.done("a").await;
        stage.done("b").await;
        stage.done("c").await;
        let text = refused(&desk, "create D --needs nobody").await;
        assert!(text.contains("needs nobody, which does not exist"), "{text}");
    }
}

#[tokio::test]
async fn a_broken_limit_is_named() {
    let desk = desk(&Stage::memory());
    let text = refused(&desk, &format!("create {}", "x".repeat(2000))).await;
    assert!(text.contains("title size") && text.contains("1024"), "{text}");
}
