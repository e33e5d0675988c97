//! Barriers.

use popkit_coordinator::agent::handle::{AgentError, Order};
use popkit_coordinator::machine::{Event, Input};
use popkit_protocol::message::{SyncMessage, SyncRequest};
use popkit_protocol::{Message, Party};

use super::{Stage, called, id, next_of, now};
use crate::worker::secs;

#[tokio::test(start_paused = true)]
async fn who_waits_at_a_barrier_hears_of_its_end() {
    let stage = Stage::new();
    let _boss = stage.lead(&["work"], |start| start.settings.agents.wanted = 2);
    let (one, two) = (stage.join("one").await, stage.join("two").await);
    let barrier = called(&one).await;
    assert_eq!(barrier.name, "phase-0");
    assert_eq!(barrier.members, [id("one"), id("two")]);
    assert_eq!(one.wait_at(&barrier, secs(20)).await.unwrap(), None);
    let other = called(&two).await;
    let (end, _) = tokio::join!(one.wait_at(&barrier, secs(100)), two.wait_at(&other, secs(100)));
    let end = end.unwrap().unwrap();
    assert!(end.released && end.is_of(&barrier));
    assert_eq!(end.arrived, [id("one"), id("two")].into());
    assert_eq!(one.wait_at(&barrier, secs(0)).await.unwrap(), Some(end), "it is remembered");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_given_again_does_no_harm() {
    let stage = Stage::new();
    let boss = stage.lead(&["work"], |start| start.settings.agents.wanted = 2);
    let (one, two) = (stage.join("one").await, stage.join("two").await);
    let barrier = called(&one).await;
    for _ in 0..3 {
        one.arrive(&barrier).await.unwrap();
    }
    let other = called(&two).await;
    // The coordinator asks again after 30 s: who is there answers by itself.
    assert_eq!(one.next(secs(60)).await.unwrap(), None);
    two.arrive(&other).await.unwrap();
    boss.saw(&Event::PhaseBegan { phase: 0 }).await;
    assert_eq!(boss.count(|event| matches!(event, Event::BarrierReached { .. })), 2);
    assert_eq!(boss.count(|event| matches!(event, Event::BarrierReleased { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn who_is_there_answers_by_itself_when_it_is_asked_again() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let call = async || {
        let mut request = SyncRequest::new("phase-0", [id("one")], "wait");
        request.extra = request.extra.with_extension("generation", &7).unwrap();
        let message = Message::Sync(SyncMessage::Request(request));
        stage.send(Party::Coordinator, Party::Everyone, message).await;
    };
    call().await;
    let barrier = called(&agent).await;
    assert_eq!(barrier.generation, Some(7));
    call().await;
    assert_eq!(agent.next(secs(5)).await.unwrap(), None);
    assert_eq!(stage.said("SYNC_ACK").await.len(), 0, "it has not arrived");
    agent.arrive(&barrier).await.unwrap();
    call().await;
    assert_eq!(agent.next(secs(5)).await.unwrap(), None);
    let acks = stage.said("SYNC_ACK").await;
    assert_eq!(acks.len(), 2);
    for ack in acks {
        let Message::SyncAck(ack) = ack.message else { panic!("{ack:?}") };
        assert_eq!(ack.extra.extension("generation"), Some(7));
    }
}

#[tokio::test(start_paused = true)]
async fn agents_meet_at_a_barrier_of_their_own_by_its_name() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one", "two"]).await;
    for round in 1..=2 {
        agents[0].open_barrier("merge", None, "rebase first", None).await.unwrap();
        let (one, two) = tokio::join!(
            agents[0].wait_at_named("merge", secs(100)),
            agents[1].wait_at_named("merge", secs(100))
        );
        let (one, two) = (one.unwrap().unwrap(), two.unwrap().unwrap());
        assert_eq!(one, two);
        assert!(one.released && one.arrived.len() == 2);
        let merges = |event: &Event| matches!(event, Event::BarrierReleased { barrier, .. } if barrier.starts_with("merge-"));
        assert_eq!(boss.count(merges), round);
    }
    assert_eq!(agents[0].wait_at_named("merge", secs(5)).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_back_learns_how_a_barrier_ended() {
    let stage = Stage::new();
    let boss = stage.lead(&["work"], |start| start.settings.agents.wanted = 2);
    let (one, two) = (stage.join("one").await, stage.join("two").await);
    let barrier = called(&one).await;
    one.arrive(&barrier).await.unwrap();
    boss.until("its arrival", |told| {
        told.events.iter().any(|event| matches!(event, Event::BarrierReached { .. }))
    })
    .await;
    drop(one);
    two.arrive(&called(&two).await).await.unwrap();
    boss.saw(&Event::PhaseBegan { phase: 0 }).await;
    let one = stage.join("one").await;
    let end = next_of(&one, |order| match order {
        Order::BarrierEnded(end) => Some(end),
        _ => None,
    })
    .await;
    assert!(end.released && end.is_of(&barrier));
    assert_eq!(one.wait_at(&barrier, secs(5)).await.unwrap(), Some(end));
}

#[tokio::test(start_paused = true)]
async fn a_barrier_of_others_is_none_of_its_business() {
    let stage = Stage::new();
    let (_boss, agents) = stage.begun(&["one", "two"]).await;
    agents[0].open_barrier("own", Some([id("one")].into()), "", None).await.unwrap();
    let end = agents[0].wait_at_named("own", secs(30)).await.unwrap().unwrap();
    assert_eq!(end.arrived, [id("one")].into());
    let heard = now(&agents[1]).await;
    assert!(!heard.iter().any(|o| matches!(o, Order::Barrier(_))), "{heard:?}");
    let ends =
        heard.iter().filter(|o| matches!(o, Order::BarrierEnded(e) if e.name.starts_with("own")));
    assert_eq!(ends.count(), 0, "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_session_lets_go_who_waits() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one", "two"]).await;
    agents[0].open_barrier("merge", None, "", None).await.unwrap();
    let one = agents[0].clone();
    let waiting = async move { one.wait_at_named("merge", secs(100)).await };
    let stop = async {
        let reached = |event: &Event| matches!(event, Event::BarrierReached { barrier, .. } if barrier.starts_with("merge"));
        boss.until("its arrival", |told| told.events.iter().any(reached)).await;
        boss.give(Input::Stop { by: None });
    };
    let (end, ()) = tokio::join!(waiting, stop);
    assert!(!end.unwrap().unwrap().released);
    let again = agents[0].wait_at_named("merge", secs(100)).await;
    assert!(matches!(again, Err(AgentError::Ended { .. })), "{again:?}");
}
