//! Questions to people, and their answers.

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::End;
use popkit_coordinator::runtime::Decision;
use popkit_protocol::message::{AfterDecision, CourseCorrect, HumanRequired, Resolution};
use popkit_protocol::{Clock as _, Message, MessageId, RandomIds, SystemClock};
use popkit_store::ErrorKind;

use super::{Agent, Stage, start};

/// The question that waits, from the document for people.
async fn question(stage: &Stage, says: &str) -> MessageId {
    let human = stage.until_document("human", says).await;
    let listed: serde_json::Value = serde_json::from_str(human.lines().next().unwrap()).unwrap();
    MessageId::new(listed["decision_id"].as_str().unwrap()).unwrap()
}

async fn resolution(agent: &mut Agent) -> Resolution {
    agent
        .wait("an answer", |envelope| match &envelope.message {
            Message::CourseCorrect(CourseCorrect::Resolve(end)) => Some(end.clone()),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_person_decides_once_and_the_agent_goes_on() {
    let stage = Stage::memory();
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["work"], 1)).await.unwrap();
    let shutdown = Shutdown::new();
    let team = async {
        let mut one = Agent::join(&stage, "one").await;
        one.stand().await;
        one.phase(0).await;
        one.say(Message::HumanRequired(HumanRequired::new("push to main?"))).await;
        let id = question(&stage, "push to main?").await;
        let decision = Decision::new(id, true, "ann", SystemClock.now()).with_notes("go");
        decision.write(&*stage.documents).await.unwrap();
        let again = decision.write(&*stage.documents).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Conflict, "the first decision stands");
        let notice = decision.notice(&RandomIds, &SystemClock).unwrap();
        stage.post().send(&notice).await.unwrap();
        let answer = resolution(&mut one).await;
        assert_eq!((answer.action, answer.approved), (AfterDecision::Resume, true));
        assert_eq!(answer.notes.as_deref(), Some("go"));
        one.done(0, "asked").await;
        one.complete().await;
    };
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), team);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
}

#[tokio::test]
async fn a_decision_whose_notice_was_lost_counts_for_the_next_leader() {
    let stage = Stage::memory();
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["work"], 1)).await.unwrap();
    let mut one = Agent::join(&stage, "one").await;
    let shutdown = Shutdown::new();
    let ask = async {
        one.stand().await;
        one.phase(0).await;
        one.say(Message::HumanRequired(HumanRequired::new("delete it?"))).await;
        let id = question(&stage, "delete it?").await;
        let decision = Decision::new(id, false, "ann", SystemClock.now());
        decision.write(&*stage.documents).await.unwrap();
        shutdown.drain();
    };
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), ask);
    assert_eq!(ended.unwrap(), None);
    let shutdown = Shutdown::new();
    let hear = async {
        let answer = resolution(&mut one).await;
        assert_eq!((answer.action, answer.approved), (AfterDecision::Abort, false));
        one.done(0, "let it be").await;
        one.complete().await;
    };
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), hear);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
}

#[tokio::test]
async fn an_agent_cannot_answer_itself() {
    let stage = Stage::memory();
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["work"], 1)).await.unwrap();
    let shutdown = Shutdown::new();
    let team = async {
        let mut one = Agent::join(&stage, "one").await;
        one.stand().await;
        one.phase(0).await;
        one.say(Message::HumanRequired(HumanRequired::new("push?"))).await;
        let id = question(&stage, "push?").await;
        one.ask(popkit_coordinator::request::Request::Decided { decision: id }).await;
        let dead = stage.until_document("dead", "may not ask for that").await;
        assert!(dead.contains("one may not ask for that: a person may"), "{dead}");
        assert!(stage.document("human").await.unwrap().contains("push?"), "it still waits");
        one.done(0, "waited").await;
        one.complete().await;
    };
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), team);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
}
