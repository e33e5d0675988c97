//! What comes twice.

use popkit_coordinator::AgentError;
use popkit_coordinator::agent::handle::Order;
use popkit_coordinator::machine::{Assignment, Event, Input};
use popkit_protocol::message::{ObjectiveUpdate, PhaseStart};
use popkit_protocol::{Insight, InsightKind, Message, Party, RandomIds, TaskId};

use super::{Stage, body, called, id, next, now, phase, work};
use crate::worker::secs;

#[tokio::test(start_paused = true)]
async fn what_the_next_coordinator_says_again_is_heard_once() {
    let stage = Stage::new();
    let boss = stage.lead(&["work"], |_| {});
    boss.confirms(false);
    let agent = stage.join("one").await;
    agent.arrive(&called(&agent).await).await.unwrap();
    assert_eq!(phase(&agent).await.phase, "work");
    boss.give(Input::Assign(Assignment {
        task: TaskId::new("t-1").unwrap(),
        agent: None,
        body: body(&[("title", "tidy")]),
    }));
    assert_eq!(work(&agent).await.title(), "tidy");
    now(&agent).await;
    // Nothing of it was confirmed: all of it is said again, under the same ids.
    let boss = boss.crash();
    boss.saw(&Event::Led { epoch: 2 }).await;
    // Before the coordinator finds it too silent.
    let heard = agent.next(secs(40)).await.unwrap();
    assert_eq!(heard, None);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_the_coordinator_with_one_id_is_heard_once() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let drift = popkit_protocol::message::DriftAlert::new(
        popkit_protocol::message::DriftKind::Silence,
        "say something",
        "low",
    );
    let to = Party::Agent(id("one"));
    let sent = stage.send(Party::Coordinator, to, Message::DriftAlert(drift)).await;
    stage.send_as_it_is(&sent).await;
    assert!(matches!(next(&agent).await, Order::Drift(_)));
    assert_eq!(agent.next(secs(10)).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn two_agents_with_one_name_the_later_one_counts() {
    let stage = Stage::new();
    let boss = stage.lead(&["work"], |_| {});
    let first = stage.join("one").await;
    called(&first).await;
    tokio::time::sleep(secs(1)).await;
    let second = stage.join("one").await;
    boss.saw(&Event::AgentReplaced { agent: id("one") }).await;
    second.arrive(&called(&second).await).await.unwrap();
    phase(&second).await;
    // The earlier one learns of it when it says that it has handled something.
    let error = loop {
        match first.next(secs(60)).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let text = "another start of agent one has joined; end this one, or give one another name";
    assert_eq!(error.to_string(), text);
    boss.saw(&Event::AgentTwin { agent: id("one") }).await;
    // Its farewell would be taken for that of the later one.
    assert!(matches!(first.leave().await, Err(AgentError::Replaced { .. })));
    assert!(second.next(secs(60)).await.is_ok());
    assert_eq!(boss.count(|event| matches!(event, Event::AgentLeft { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn the_earlier_of_two_cannot_leave_for_the_later_one() {
    let stage = Stage::new();
    let first = stage.join("one").await;
    let second = stage.join("one").await;
    assert!(matches!(first.leave().await, Err(AgentError::Replaced { .. })));
    assert_eq!(stage.said("QUERY").await.len(), 2, "two that join and none that leaves");
    second.leave().await.unwrap();
    assert_eq!(stage.said("QUERY").await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_insight_that_is_sent_on_twice_is_heard_once() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let finder = Party::Agent(id("two"));
    let now = stage.clock.now();
    let insight = Insight::new(&RandomIds, now, finder.clone(), InsightKind::Discovery, "x");
    for _ in 0..2 {
        let message = Message::Insight(insight.clone());
        stage.send(finder.clone(), Party::Agent(id("one")), message).await;
    }
    assert!(matches!(next(&agent).await, Order::Insight(_)));
    assert_eq!(agent.next(secs(10)).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn the_word_of_an_earlier_session_is_not_heard() {
    let stage = Stage::new();
    for update in
        [ObjectiveUpdate::Phase(PhaseStart::new("old", 3)), ObjectiveUpdate::complete(body(&[]))]
    {
        stage.send(Party::Coordinator, Party::Everyone, Message::ObjectiveUpdate(update)).await;
    }
    tokio::time::sleep(secs(10)).await;
    let _boss = stage.lead(&["new"], |_| {});
    let agent = stage.join("one").await;
    agent.arrive(&called(&agent).await).await.unwrap();
    assert_eq!(phase(&agent).await.phase, "new");
    assert_eq!(agent.ended(), None);
}
