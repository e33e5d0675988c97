//! What a store says it can do.

use popkit_protocol::Outcome;

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, task, worker};
use crate::{Document, SaveOptions, StateKey};

/// The store declares what its author says it can do: no ability vanishes unseen.
pub async fn as_expected(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    assert_eq!(stage.tasks.capabilities(), h.expected_capabilities());
    assert!(!stage.tasks.backend().is_empty());
    let injected = stage.tasks.capabilities().clock == crate::ClockSource::Injected;
    assert!(injected || stage.clock().is_none(), "a server's clock cannot be turned");
}

/// A second handle of a shared store sees what the first did, at once, and the reverse.
pub async fn second_handle_sees_the_same(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    let who = worker("w");
    stage.insert(["a", "b"].map(task)).await;
    let lease = second.claim_one(&who).await;
    assert_eq!(stage.get("a").await, lease.task);
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    assert_eq!(second.all_tasks().await, stage.all_tasks().await);
    assert_eq!(second.all_events().await, stage.all_events().await);
    assert_eq!(second.counts().await, stage.counts().await);
    let key = StateKey::new("k").expect("a key");
    second.documents.save(&key, Document::text("x"), SaveOptions::default()).await.expect("saved");
    let seen = stage.documents.load(&key).await.expect("read").expect("there");
    assert_eq!(seen.value, Document::text("x"));
    second.audit().await;
}
