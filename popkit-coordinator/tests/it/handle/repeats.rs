//! What comes twice, and what is said again because it may be lost.

use std::sync::Arc;

use popkit_coordinator::AgentError;
use popkit_coordinator::agent::handle::{AgentHandle, Order};
use popkit_coordinator::machine::{Assignment, Event, Input};
use popkit_protocol::message::{
    AfterDecision, CourseCorrect, DriftAlert, DriftKind, ObjectiveUpdate, PhaseStart, SyncMessage,
    SyncRequest,
};
use popkit_protocol::{Envelope, Insight, InsightKind, Message, Party, RandomIds, TaskId};
use popkit_store::MemoryStore;
use popkit_transport::MemoryOptions;
use popkit_transport::layer::{Fault, Injection, Operation};

use super::{Stage, body, called, id, next, now, phase, work};
use crate::worker::{RuntimeClock, secs};

/// A heartbeat each 15 s.
const PERIOD: u64 = 15;

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
    let to = Party::Agent(id("one"));
    let sent = stage.send(Party::Coordinator, to, drift()).await;
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

async fn speak(stage: &Stage, message: Message) -> Envelope {
    stage.send(Party::Coordinator, Party::Agent(id("one")), message).await
}

fn drift() -> Message {
    Message::DriftAlert(DriftAlert::new(DriftKind::Silence, "say something", "low"))
}

async fn joins(stage: &Stage) -> usize {
    let said = stage.said("QUERY").await;
    let is_join = |envelope: &&Envelope| match &envelope.message {
        Message::Query(body) => {
            body.get::<String>("request").as_deref() == Some("join")
                && body.get("tags") == Some(vec!["parser".to_owned()])
        }
        _ => false,
    };
    said.iter().filter(is_join).count()
}

#[tokio::test(start_paused = true)]
async fn an_agent_says_who_it_is_with_every_fourth_heartbeat() {
    let stage = Stage::new();
    let _agent = stage.join_for("one", "parser").await;
    assert_eq!(joins(&stage).await, 1);
    tokio::time::sleep(secs(3 * PERIOD + 1)).await;
    assert_eq!(joins(&stage).await, 1);
    tokio::time::sleep(secs(PERIOD)).await;
    assert_eq!(joins(&stage).await, 2);
    tokio::time::sleep(secs(4 * PERIOD)).await;
    assert_eq!(joins(&stage).await, 3);
}

#[tokio::test(start_paused = true)]
async fn an_agent_says_who_it_is_when_the_coordinator_breaks_its_silence() {
    let stage = Stage::new();
    let agent = stage.join_for("one", "parser").await;
    let heard = async |expected: usize| {
        speak(&stage, drift()).await;
        assert!(matches!(next(&agent).await, Order::Drift(_)));
        tokio::time::sleep(secs(1)).await;
        assert_eq!(joins(&stage).await, expected);
    };
    heard(2).await;
    heard(2).await;
    tokio::time::sleep(secs(5 * PERIOD)).await;
    let before = joins(&stage).await;
    heard(before + 1).await;
}

#[tokio::test(start_paused = true)]
async fn the_earlier_of_two_does_not_speak_for_the_later_one() {
    let stage = Stage::new();
    let _first = stage.join_for("one", "parser").await;
    let _second = stage.join_for("one", "lexer").await;
    tokio::time::sleep(secs(9 * PERIOD)).await;
    assert_eq!(joins(&stage).await, 1, "when it joined, and never again");
    assert_eq!(stage.said("QUERY").await.len(), 4, "the later one three times");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_asked_for_again_is_given_however_slow_the_line_is() {
    let clock = RuntimeClock::new();
    let memory = MemoryOptions::default().clock(Arc::<RuntimeClock>::clone(&clock)).open();
    let line = Fault::new(memory.clone());
    let documents = Arc::new(MemoryStore::new());
    let stage = Stage { clock, transport: Arc::new(memory), documents };
    let behind = Stage { transport: Arc::new(line.clone()), ..stage.clone() };
    let agent = behind.join("one").await;
    let sync = || Message::Sync(SyncMessage::Request(SyncRequest::new("x", [id("one")], "wait")));
    speak(&stage, sync()).await;
    agent.arrive(&called(&agent).await).await.unwrap();
    // What the agent says to the first word of a coordinator.
    tokio::time::sleep(secs(1)).await;
    speak(&stage, sync()).await;
    line.script(Operation::Publish, [Injection::Delay(secs(1))]);
    assert_eq!(agent.next(secs(5)).await.unwrap(), None);
    assert_eq!(stage.said("SYNC_ACK").await.len(), 2);
}

async fn paused(stage: &Stage) -> AgentHandle {
    let agent = stage.join("one").await;
    tokio::time::sleep(secs(1)).await;
    speak(stage, Message::CourseCorrect(CourseCorrect::pause("too dear", "d-1"))).await;
    assert!(matches!(next(&agent).await, Order::Pause { .. }));
    assert!(agent.is_paused());
    tokio::time::sleep(secs(1)).await;
    agent
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_which_the_end_was_lost_ends_with_a_barrier_or_a_phase() {
    let phase = ObjectiveUpdate::Phase(PhaseStart::new("work", 0));
    let sync = SyncRequest::new("x", [id("one")], "wait");
    for message in [Message::ObjectiveUpdate(phase), Message::Sync(SyncMessage::Request(sync))] {
        let stage = Stage::new();
        let agent = paused(&stage).await;
        speak(&stage, drift()).await;
        next(&agent).await;
        assert!(agent.is_paused(), "all else changes nothing");
        speak(&stage, message).await;
        next(&agent).await;
        assert!(!agent.is_paused());
        // The no about that question is no end of the session, though all are told.
        let no = CourseCorrect::resolve(AfterDecision::Abort, "d-1", false);
        stage.send(Party::Coordinator, Party::Everyone, Message::CourseCorrect(no)).await;
        assert!(matches!(now(&agent).await.as_slice(), [Order::Abort(_)]));
        assert_eq!(agent.ended(), None);
    }
}
