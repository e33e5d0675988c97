//! What an agent had not handled when it died.

use std::sync::Arc;

use popkit_coordinator::agent::handle::{Order, Report};
use popkit_coordinator::machine::{Assignment, End, Event, Input};
use popkit_protocol::{SystemClock, TaskId};
use popkit_store::MemoryStore;
use popkit_transport::FileOptions;

use super::{Stage, body, called, next, now, phase, work};
use crate::worker::{millis, secs};

fn assign(title: &str) -> Input {
    let task = TaskId::new(format!("t-{title}")).unwrap();
    Input::Assign(Assignment { task, agent: None, body: body(&[("title", title)]) })
}

#[tokio::test(start_paused = true)]
async fn what_was_not_handled_comes_again_and_what_was_does_not() {
    let stage = Stage::new();
    let (boss, mut agents) = stage.begun(&["one"]).await;
    boss.give(assign("first"));
    boss.give(assign("second"));
    let agent = agents.pop().unwrap();
    let first = work(&agent).await;
    let done = agent.result(first.id.as_ref().unwrap(), Report::done()).await;
    done.unwrap();
    // Asking for the second says that the first is handled.
    assert_eq!(work(&agent).await.title(), "second");
    tokio::time::sleep(secs(1)).await;
    drop(agent);
    let agent = stage.join("one").await;
    let titles: Vec<_> = {
        let mut titles = vec![work(&agent).await.title()];
        titles.extend(now(&agent).await.into_iter().filter_map(|order| match order {
            Order::Task(work) => Some(work.title()),
            _ => None,
        }));
        titles
    };
    assert_eq!(titles, ["second"], "once, from the inbox and from the coordinator");
}

#[tokio::test(start_paused = true)]
async fn what_was_acknowledged_does_not_come_again() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let question = body(&[("question", "where?")]);
    let from = popkit_protocol::Party::Agent(super::id("two"));
    let to = popkit_protocol::Party::Agent(super::id("one"));
    let query = popkit_protocol::Message::Query(question);
    for _ in 0..2 {
        stage.send(from.clone(), to.clone(), query.clone()).await;
    }
    let Order::Question(first) = next(&agent).await else { panic!("a question") };
    agent.ack().await.unwrap();
    let Order::Question(second) = next(&agent).await else { panic!("a question") };
    drop(agent);
    let agent = stage.join("one").await;
    let Order::Question(again) = next(&agent).await else { panic!("a question") };
    assert_eq!(again.id, second.id);
    assert_ne!(again.id, first.id);
    assert!(now(&agent).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_loses_no_order() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let from = popkit_protocol::Party::Agent(super::id("two"));
    let to = popkit_protocol::Party::Agent(super::id("one"));
    for n in 0..50 {
        let query = popkit_protocol::Message::Query(body(&[("question", &n.to_string())]));
        stage.send(from.clone(), to.clone(), query).await;
    }
    let mut heard = Vec::new();
    while heard.len() < 50 {
        // Polled once, or a few times, and dropped.
        tokio::select! {
            biased;
            order = agent.next(secs(1)) => match order.unwrap().unwrap() {
                Order::Question(question) => heard.push(question.text()),
                other => panic!("{other:?}"),
            },
            () = tokio::task::yield_now() => {}
        }
    }
    let all: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    assert_eq!(heard, all);
}

/// A phase, work, a crash in the middle, and on to the end.
async fn crash_in_the_middle(stage: &Stage) {
    let boss = stage.lead(&["work"], |_| {});
    let agent = stage.join("one").await;
    agent.arrive(&called(&agent).await).await.unwrap();
    phase(&agent).await;
    boss.give(assign("tidy"));
    assert_eq!(work(&agent).await.title(), "tidy");
    drop(agent);
    // Of two starts the later one counts, by the clock.
    tokio::time::sleep(millis(2)).await;
    let agent = stage.join("one").await;
    boss.saw(&Event::AgentReplaced { agent: super::id("one") }).await;
    let (mut tasks, mut phases) = (0, 0);
    let ended = loop {
        match next(&agent).await {
            Order::Task(work) => {
                assert_eq!(work.title(), "tidy");
                tasks += 1;
                agent.result(&work.id.unwrap(), Report::done()).await.unwrap();
            }
            Order::Phase(_) => phases += 1,
            Order::Ended(ended) => break ended,
            _ => {}
        }
    };
    // The end may overtake the beginning of the phase, on another channel.
    assert!(ended.is_complete() && tasks == 1 && phases <= 1, "{tasks} tasks, {phases} phases");
    assert_eq!(boss.ended().await, End::Completed);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_comes_back_finishes_its_work() {
    crash_in_the_middle(&Stage::new()).await;
}

#[tokio::test]
async fn an_agent_that_comes_back_finishes_its_work_over_files() {
    let folder = tempfile::tempdir().unwrap();
    let transport = FileOptions::new(folder.path()).open().await.unwrap();
    crash_in_the_middle(&Stage {
        clock: Arc::new(SystemClock),
        transport: Arc::new(transport),
        documents: Arc::new(MemoryStore::new()),
    })
    .await;
}
