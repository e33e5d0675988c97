//! `insert_opts`: all of a batch or nothing.

use std::time::Duration;

use popkit_protocol::{
    Capability, Json, Outcome, Pending, Priority, RetryPolicy, TaskState, UniqueKey, limits,
};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, kind, names, task, worker};
use crate::{Action, ErrorKind, InsertOptions, Inserted};

fn created(text: &str) -> Inserted {
    Inserted::Created(id(text))
}

fn duplicate(text: &str) -> Inserted {
    Inserted::Duplicate(id(text))
}

fn key(text: &str) -> UniqueKey {
    UniqueKey::new(text).expect("a valid key")
}

/// What is asked for is what is kept, and the first event says so.
pub async fn is_stored_as_asked_for(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let asked = task("full")
        .with_title("A title with ünïcödé")
        .with_description("two\nlines")
        .with_payload(Json::from_text(r#"{"b": 1, "a": [true, null]}"#).expect("JSON"))
        .with_tags(["one", "two"])
        .with_requires([Capability::new("gpu").expect("valid")])
        .with_agent("only-me".try_into().expect("valid"))
        .with_priority(Priority::raw(255))
        .with_retry(RetryPolicy::never())
        .with_max_abandons(7)
        .with_timeout(Duration::from_secs(90))
        .with_progress_every(Duration::from_millis(1500))
        .with_unique(key("a key"))
        .with_review();
    assert_eq!(stage.insert([asked.clone()]).await, [created("full")]);
    let kept = stage.get("full").await;
    assert_eq!(*kept.spec, asked, "the spec is kept as it was given");
    assert_eq!(kept.pending(), Some(Pending::Ready));
    assert_eq!((kept.revision, kept.attempt, kept.priority), (1, 0, Priority::raw(255)));
    assert_eq!(stage.story("full").await, ["inserted"]);
    stage.audit().await;
}

/// Inserting is idempotent by id: the second call answers `Duplicate` and changes nothing.
pub async fn repeat_is_a_duplicate(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([task("a").with_title("first")]).await;
    let before = stage.get("a").await;
    let again = stage.insert([task("a").with_title("second")]).await;
    assert_eq!(again, [duplicate("a")]);
    assert_eq!(stage.get("a").await, before, "nothing changed");
    assert_eq!(stage.all_tasks().await.len(), 1);
    stage.audit().await;
}

/// Of several tasks with one id in a batch the first is taken.
pub async fn twins_in_a_batch(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = [task("a").with_title("first"), task("b"), task("a").with_title("second")];
    let answers = stage.insert(batch).await;
    assert_eq!(answers, [created("a"), created("b"), duplicate("a")]);
    assert_eq!(stage.get("a").await.spec.title, "first");
    assert_eq!(stage.all_tasks().await.len(), 2);
    stage.audit().await;
}

/// One answer per task, in the order of the batch.
pub async fn answers_keep_the_order(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([task("b"), task("d")]).await;
    let answers = stage.insert(["d", "c", "b", "a"].map(task)).await;
    assert_eq!(answers, [duplicate("d"), created("c"), duplicate("b"), created("a")]);
}

/// A batch without tasks is accepted, and nothing happens.
pub async fn empty_batch_is_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    assert!(stage.insert([]).await.is_empty());
    assert!(stage.all_events().await.is_empty());
}

/// An unknown parent refuses the whole batch, and is named.
pub async fn unknown_parent_refuses_the_batch(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = [task("good"), task("bad").with_needs([id("nowhere")]), task("also-good")];
    let error = stage.try_insert(batch).await.expect_err("the parent is unknown");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("nowhere"), "the parent is named: {error}");
    assert!(stage.all_tasks().await.is_empty(), "nothing of the batch was accepted");
    assert!(stage.all_events().await.is_empty());
    stage.audit().await;
}

/// A cycle refuses the batch, and is named from a task back to itself.
pub async fn cycle_is_named_in_full(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = [
        task("outside"),
        task("one").with_needs([id("two")]),
        task("two").with_needs([id("outside"), id("three")]),
        task("three").with_needs([id("one")]),
        task("after").with_needs([id("three")]),
    ];
    let error = stage.try_insert(batch).await.expect_err("a cycle");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    for name in ["one", "two", "three"] {
        assert!(error.to_string().contains(name), "{name} is part of it: {error}");
    }
    assert!(!error.to_string().contains("outside"), "not part of it: {error}");
    let own = stage.try_insert([task("self").with_needs([id("self")])]).await;
    assert_eq!(own.expect_err("a cycle of one").kind(), ErrorKind::InvalidInput);
    assert!(stage.all_tasks().await.is_empty());
}

/// A twin that would be dropped does not hide the cycle of the task that is taken.
pub async fn cycle_behind_a_twin(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = [task("a").with_needs([id("b")]), task("b").with_needs([id("a")]), task("a")];
    let error = stage.try_insert(batch).await.expect_err("the first `a` is the one taken");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(stage.all_tasks().await.is_empty());
}

/// Every limit of a task refuses the batch with `InvalidInput`.
pub async fn limits_are_named(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let text = |size: usize| "x".repeat(size);
    let big = Json::encode(&text(limits::BODY_BYTES)).expect("JSON");
    let parents = (0..=limits::NEEDS).map(|i| id(&format!("p{i}")));
    let bad = [
        ("payload", task("t").with_payload(big)),
        ("title", task("t").with_title(text(limits::TITLE_BYTES + 1))),
        ("description", task("t").with_description(text(limits::DESCRIPTION_BYTES + 1))),
        ("tags", task("t").with_tags((0..=limits::LABELS).map(|i| i.to_string()))),
        ("tag", task("t").with_tags([text(129)])),
        ("needs", task("t").with_needs(parents)),
        ("need", task("t").with_needs([id("good"), id("good")])),
        ("attempts", task("t").with_retry(RetryPolicy::attempts(0))),
        ("attempts", task("t").with_retry(RetryPolicy::attempts(limits::ATTEMPTS + 1))),
        ("abandons", task("t").with_max_abandons(0)),
    ];
    for (what, task) in bad {
        let error = stage.try_insert([self::task("good"), task]).await.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}");
        assert!(error.to_string().contains(what), "{what} is named: {error}");
    }
    assert!(stage.all_tasks().await.is_empty(), "nothing was accepted");
    let largest = Json::encode(&text(limits::BODY_BYTES - 2)).expect("JSON");
    stage.insert([task("largest").with_payload(largest.clone())]).await;
    assert_eq!(stage.get("largest").await.spec.payload, largest);
}

/// More tasks than one insert may carry are refused, all of them.
pub async fn batch_limit(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = (0..=limits::BATCH).map(|i| task(&format!("t{i}")));
    let error = stage.try_insert(batch).await.expect_err("one too many");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(stage.all_tasks().await.is_empty());
}

/// While a task with a unique key is open, another is a duplicate of it.
pub async fn unique_key_while_open(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = ["a", "b"].map(|name| task(name).with_unique(key("k")));
    assert_eq!(stage.insert(batch).await, [created("a"), duplicate("a")]);
    let lease = stage.claim_one(&worker("w")).await;
    let more = [task("c").with_unique(key("k")), task("d").with_unique(key("other"))];
    assert_eq!(stage.insert(more).await, [duplicate("a"), created("d")], "claimed is open");
    assert!(stage.find("b").await.is_none() && stage.find("c").await.is_none());
    assert_eq!(stage.end(&worker("w"), &lease, Outcome::Release).await, TaskState::Pending);
    stage.audit().await;
}

/// A unique key is free again once its task has ended, however it ended; not in review.
pub async fn unique_key_is_free_after_the_end(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let keyed = |name: &str| task(name).with_unique(key("k"));
    let lease = stage.hold(&who, keyed("done").with_review()).await;
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    assert_eq!(stage.insert([keyed("x")]).await, [duplicate("done")], "review is open");
    stage.change("done", Action::Approve).await;
    let lease = stage.hold(&who, keyed("failed")).await;
    stage.end(&who, &lease, Outcome::fail("no")).await;
    assert_eq!(stage.insert([keyed("cancelled")]).await, [created("cancelled")]);
    stage.change("cancelled", Action::Cancel { reason: None }).await;
    assert_eq!(stage.insert([keyed("last")]).await, [created("last")]);
    stage.audit().await;
}

/// A dead letter comes back only while nobody else has its key, and takes the key again.
pub async fn unique_key_of_a_requeued_task(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let keyed = |name: &str| task(name).with_unique(key("k"));
    let lease = stage.hold(&who, keyed("first")).await;
    stage.end(&who, &lease, Outcome::fail("no")).await;
    stage.insert([keyed("second")]).await;
    let error = stage.try_change("first", Action::Requeue).await.expect_err("the key is taken");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    stage.change("second", Action::Cancel { reason: None }).await;
    stage.change("first", Action::Requeue).await;
    assert_eq!(stage.insert([keyed("third")]).await, [duplicate("first")]);
    stage.audit().await;
}

/// A task in the backlog is not claimed before an operator enqueues it.
pub async fn backlog_waits_for_the_operator(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("a").in_backlog()]).await;
    assert!(stage.claim(&who, 1).await.is_empty());
    assert_eq!(stage.state("a").await, TaskState::Backlog);
    stage.change("a", Action::Enqueue).await;
    assert_eq!(names(&stage.claim(&who, 1).await), ["a"]);
    stage.audit().await;
}

/// A task is not ready before its time, and is promoted by whoever asks after it.
pub async fn not_before_waits_for_its_time(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (who, span) = (worker("w"), stage.span());
    stage.insert([task("later").with_not_before(stage.now().after(span))]).await;
    assert_eq!(stage.get("later").await.pending(), Some(Pending::Due));
    assert!(stage.claim(&who, 1).await.is_empty(), "not yet");
    assert_eq!(stage.counts().await.due, 1);
    stage.pass(span).await;
    assert_eq!(names(&stage.claim(&who, 1).await), ["later"]);
    assert_eq!(stage.story("later").await, ["inserted", "promoted", "claimed"]);
    stage.audit().await;
}

/// A time in the past holds nothing back.
pub async fn past_not_before_is_ready(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let past = stage.now().before(Duration::from_secs(3600));
    stage.insert([task("a").with_not_before(past)]).await;
    assert_eq!(stage.get("a").await.pending(), Some(Pending::Ready));
    stage.audit().await;
}

/// A large batch is one insert: all of it is there, in order.
pub async fn thousand_at_once(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = (0..1000).map(|i| task(&format!("t{i}")));
    let answers = stage.insert(batch).await;
    assert!(answers.len() == 1000 && answers.iter().all(Inserted::is_created));
    assert_eq!(stage.counts().await.ready, 1000);
    let leases = stage.claim(&worker("w"), 3).await;
    assert_eq!(names(&leases), ["t0", "t1", "t2"]);
    stage.audit().await;
}

/// A relaxed insert differs in what it survives alone.
pub async fn relaxed_is_accepted_alike(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = vec![task("a").with_requires([]), task("a"), kinded("b")];
    let relaxed = InsertOptions::default().relaxed();
    let answers = stage.tasks.insert_opts(batch, relaxed).await.expect("accepted");
    assert_eq!(answers, [created("a"), duplicate("a"), created("b")]);
    assert_eq!(names(&stage.claim(&worker("w"), 5).await), ["a", "b"]);
    stage.audit().await;
}

fn kinded(text: &str) -> popkit_protocol::NewTask {
    popkit_protocol::NewTask::new(id(text), kind("other"))
}
