//! The log: every change is an event, written in the same atomic step.

use popkit_protocol::{Cursor, Outcome};

use crate::conformance::harness::Harness;
use crate::conformance::model::scramble;
use crate::conformance::stage::{Stage, id, task, worker};
use crate::{HistoryQuery, PageRequest};

/// Events of a task are numbered from 1 without a gap.
pub async fn gapless_per_task(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b"].map(task)).await;
    for _ in 0..10 {
        for lease in stage.claim(&who, 2).await {
            let error = popkit_protocol::Failure::new("error", "x");
            let delay = Some(std::time::Duration::ZERO);
            stage.finish(&who, &lease, Outcome::Retry { delay, error }).await;
        }
    }
    for name in ["a", "b"] {
        let numbers: Vec<u64> = stage.events(name).await.iter().map(|e| e.number).collect();
        assert_eq!(numbers, (1..=7).collect::<Vec<_>>(), "{name}: three attempts");
    }
    stage.audit().await;
}

/// Reading goes on after the last cursor seen, and gives each event once, also when more
/// happens in between.
pub async fn cursors_resume(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert((0..30).map(|i| task(&format!("t{i}")))).await;
    let mut last = Cursor::START;
    let mut seen = Vec::new();
    for round in 0.. {
        let query = HistoryQuery::after(last).page(PageRequest::first(7).after(last.number()));
        let page = stage.tasks.history(query).await.expect("a page");
        assert!(page.items.len() <= 7);
        let Some(event) = page.items.last() else { break };
        last = event.cursor;
        if let Some(next) = page.next {
            assert_eq!(next, last.number(), "the place to go on from");
        }
        seen.extend(page.items);
        if round < 8 {
            stage.claim_one(&who).await;
        }
    }
    assert_eq!(seen, stage.all_events().await);
    assert_eq!(seen.len(), 38);
    stage.audit().await;
}

/// The events of one task come in pages too.
pub async fn pages_of_one_task(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b"].map(task)).await;
    for _ in 0..10 {
        for lease in stage.claim(&who, 2).await {
            stage.end(&who, &lease, Outcome::Release).await;
        }
    }
    let mut query = HistoryQuery::of(id("a")).page(PageRequest::first(4));
    let mut seen = Vec::new();
    loop {
        let page = stage.tasks.history(query.clone()).await.expect("a page");
        seen.extend(page.items);
        let Some(next) = page.next else { break };
        query.page = query.page.after(next);
    }
    assert_eq!(seen, stage.events("a").await);
    assert_eq!(seen.len(), 21);
    let nowhere = stage.tasks.history(HistoryQuery::of(id("nowhere"))).await.expect("a page");
    assert!(nowhere.items.is_empty() && nowhere.next.is_none());
}

/// The log of the store holds the events of all its tasks, in order.
pub async fn log_has_every_event(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    scramble(&stage, 150).await;
    let mut each = Vec::new();
    for task in stage.all_tasks().await {
        each.extend(stage.events(task.id().as_str()).await);
    }
    each.sort_by_key(|event| event.cursor);
    assert_eq!(each, stage.all_events().await);
}

/// Replaying the events of any task gives its stored record, after whatever happened.
pub async fn replay_is_the_record(h: &dyn Harness) {
    for _ in 0..3 {
        let stage = Stage::new(h).await;
        scramble(&stage, 200).await;
        stage.audit().await;
    }
}
