//! What a supervisor tells, and to whom.

use std::sync::Arc;

use popkit_coordinator::Post;
use popkit_coordinator::agent::supervisor::{Ending, Supervisor};
use popkit_protocol::message::ObjectiveUpdate;
use popkit_protocol::{Codec, Envelope, Message, Namespace, Object, Party, RandomIds, Topic};
use popkit_store::Action;
use popkit_transport::layer::{Fault, Injection, Operation};
use popkit_transport::{Event, MemoryTransport, Stamps, Start, SubscribeOptions, Transport};

use super::{Stage, settle, task};

type Line = Fault<MemoryTransport>;

fn line() -> Line {
    Fault::new(MemoryTransport::new())
}

fn post(line: &Line) -> Post {
    Post::new(Arc::new(line.clone()), Namespace::unnamed(), Stamps::new(&RandomIds))
}

fn speaks(stage: &Stage, line: &Line) -> Supervisor {
    stage.supervisor().with_post(post(line), Party::Coordinator)
}

/// All that was said on a topic so far.
async fn said(line: &Line, topic: Topic) -> Vec<Envelope> {
    let channel = Namespace::unnamed().channel(&topic);
    let opts = SubscribeOptions::default().with_start(Start::Earliest).once();
    let mut reader = line.inner().subscribe_opts(&[channel], opts).await.unwrap();
    let mut all = Vec::new();
    while let Some(event) = reader.next().await.transpose().unwrap() {
        let Event::Message(message) = event else { panic!("{event:?}") };
        all.push(Codec::default().decode(&message.payload).unwrap());
    }
    all
}

fn shares(all: &[Envelope]) -> Vec<f64> {
    let share = |one: &Envelope| match &one.message {
        Message::Progress(told) => told.progress(),
        _ => None,
    };
    all.iter().filter_map(share).collect()
}

#[tokio::test]
async fn progress_is_told_to_everybody_once_in_a_while() {
    let (stage, line) = (Stage::memory(), line());
    let supervisor = speaks(&stage, &line);
    let tasks = ["a", "b", "c", "d"].map(|id| task(id, &[]));
    let mut monitor = stage.watch(&supervisor, tasks).await;
    settle(&mut monitor).await;
    for id in ["a", "b"] {
        stage.done(id).await;
        settle(&mut monitor).await;
    }
    assert_eq!(shares(&said(&line, Topic::Broadcast).await), [0.0], "within the same second");
    stage.pass(1);
    settle(&mut monitor).await;
    stage.pass(1);
    settle(&mut monitor).await;
    let all = said(&line, Topic::Broadcast).await;
    assert_eq!(shares(&all), [0.0, 0.5], "nothing new, nothing said");
    let last = all.last().unwrap();
    assert_eq!((&last.from, &last.to), (&Party::Coordinator, &Party::Everyone));
    let Message::Progress(told) = &last.message else { panic!() };
    let counts = told.body.extension::<Object>("plan").unwrap();
    assert_eq!((counts.get("done"), counts.get("total")), (Some(2), Some(4)));
}

#[tokio::test(start_paused = true)]
async fn the_end_is_told_with_a_summary() {
    let (stage, line) = (Stage::memory(), line());
    let supervisor = speaks(&stage, &line);
    let of = |id: &str, phase: &str| task(id, &[]).with_tags([format!("phase:{phase}")]);
    let tasks = [of("a", "one"), of("b", "two").with_needs([super::id("a")])];
    let mut monitor = stage.watch(&supervisor, tasks).await;
    settle(&mut monitor).await;
    stage.done("a").await;
    settle(&mut monitor).await;
    stage.done("b").await;
    let summary = monitor.run(&popkit_coordinator::Shutdown::new()).await.unwrap();
    assert!(summary.is_success() && summary.unsent == 0);
    let all = said(&line, Topic::Broadcast).await;
    let updates: Vec<&ObjectiveUpdate> = all
        .iter()
        .filter_map(|one| match &one.message {
            Message::ObjectiveUpdate(update) => Some(update),
            _ => None,
        })
        .collect();
    let [ObjectiveUpdate::Phase(one), ObjectiveUpdate::Phase(two), end] = updates[..] else {
        panic!("{updates:?}")
    };
    assert_eq!((one.phase.as_str(), one.phase_index), ("one", 0));
    assert_eq!((two.phase.as_str(), two.phase_index), ("two", 1));
    let ObjectiveUpdate::Complete { summary, .. } = end else { panic!("{end:?}") };
    assert_eq!(summary.get("text"), Some("complete: 2 of 2 done (100%)".to_owned()));
    assert_eq!(summary.get("success"), Some(true));
    assert_eq!(shares(&all).last(), Some(&1.0));
}

#[tokio::test]
async fn a_person_is_asked_once_and_again_after_a_restart() {
    for stage in Stage::both().await {
        let line = line();
        let tasks = || [task("a", &[]), task("b", &["a"])];
        let supervisor = speaks(&stage, &line);
        let mut monitor = stage.watch(&supervisor, tasks()).await;
        stage.fatal("a").await;
        settle(&mut monitor).await;
        settle(&mut monitor).await;
        let asked = said(&line, Topic::Human).await;
        assert_eq!((asked.len(), asked[0].requires_ack), (1, true));
        assert_eq!((asked[0].ttl.as_secs(), &asked[0].to), (3600, &Party::Human));
        let Message::HumanRequired(ask) = &asked[0].message else { panic!() };
        assert_eq!(ask.decision_needed, "task a failed for good; 1 task waits for it");
        assert_eq!(ask.options, ["requeue a", "cancel b"]);
        let mut next = stage.watch(&speaks(&stage, &line), tasks()).await;
        settle(&mut next).await;
        assert_eq!(said(&line, Topic::Human).await.len(), 2);
        stage.change("a", Action::Requeue).await;
        stage.fatal("a").await;
        settle(&mut next).await;
        assert_eq!(said(&line, Topic::Human).await.len(), 3, "another failure");
    }
}

#[tokio::test]
async fn a_question_that_was_not_sent_is_asked_again() {
    let (stage, line) = (Stage::memory(), line());
    let supervisor = speaks(&stage, &line);
    let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
    settle(&mut monitor).await;
    stage.fatal("a").await;
    line.script(Operation::Publish, [Injection::Fail, Injection::Fail]);
    for asked in [0, 0, 1, 1] {
        assert_eq!(monitor.turn().await.unwrap(), None);
        assert_eq!(said(&line, Topic::Human).await.len(), asked);
    }
    assert_eq!(monitor.summary(Ending::Stopped).escalated, 1);
}

#[tokio::test]
async fn a_transport_that_is_closed_stops_no_plan() {
    for stage in Stage::both().await {
        let line = line();
        line.inner().close().await.unwrap();
        let supervisor = speaks(&stage, &line);
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
        stage.fail("a").await;
        settle(&mut monitor).await;
        stage.fail("a").await;
        settle(&mut monitor).await;
        stage.change("a", Action::Requeue).await;
        stage.done("a").await;
        stage.done("b").await;
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
        let summary = monitor.summary(Ending::Complete);
        assert_eq!((summary.requeued, summary.escalated), (1, 0));
        assert!(summary.is_success() && summary.unsent >= 2, "{summary:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_hangs_stops_no_plan() {
    let (stage, line) = (Stage::memory(), line());
    let supervisor = speaks(&stage, &line);
    let mut monitor = stage.watch(&supervisor, [task("a", &[])]).await;
    line.script(Operation::Publish, [Injection::Delay(std::time::Duration::from_secs(3600))]);
    assert_eq!(monitor.turn().await.unwrap(), None);
    stage.done("a").await;
    stage.pass(1);
    assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
    assert_eq!(monitor.summary(Ending::Complete).unsent, 1);
    assert_eq!(shares(&said(&line, Topic::Broadcast).await), [1.0]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_waits_for_a_transport_that_hangs_with_one_question_alone() {
    let (stage, line) = (Stage::memory(), line());
    let supervisor = speaks(&stage, &line);
    let tasks = [task("a", &[]), task("b", &[]), task("c", &["a"]), task("d", &["b"])];
    let mut monitor = stage.watch(&supervisor, tasks).await;
    settle(&mut monitor).await;
    for id in ["a", "b"] {
        stage.fatal(id).await;
    }
    line.script(Operation::Publish, [Injection::Delay(std::time::Duration::from_secs(3600))]);
    for asked in [0, 2] {
        assert_eq!(monitor.turn().await.unwrap(), None);
        assert_eq!(said(&line, Topic::Human).await.len(), asked);
    }
    assert_eq!(monitor.summary(Ending::Stopped).escalated, 2);
}
