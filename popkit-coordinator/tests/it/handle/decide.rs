//! Questions to a person.

use popkit_coordinator::agent::handle::{Order, Ruling};
use popkit_coordinator::machine::{Event, Input};
use popkit_protocol::message::{AfterDecision, CourseCorrect, HumanRequired};
use popkit_protocol::session::{ApprovalRequest, Decision};
use popkit_protocol::{Approval, Insight, InsightKind, Json, Message, MessageId, Party, RandomIds};
use popkit_store::{StateKey, StateStoreExt as _};

use super::{Stage, id, next, next_of};
use crate::worker::secs;

async fn ruled(approved: bool) -> Ruling {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    let person = async {
        let question = boss.question().await;
        tokio::time::sleep(secs(3)).await;
        assert!(agents[0].is_paused());
        boss.decide(question, approved);
    };
    let ask = HumanRequired::new("push to main?");
    let (ruling, ()) = tokio::join!(agents[0].decide(ask, secs(600)), person);
    assert!(!agents[0].is_paused());
    ruling.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_person_decides() {
    for approved in [true, false] {
        let ruling = ruled(approved).await;
        assert_eq!((ruling.approved, ruling.notes.as_deref()), (approved, Some("go slowly")));
        assert!(ruling.decision.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_no() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    let ruling = agents[0].decide(HumanRequired::new("push?"), secs(60)).await.unwrap();
    assert_eq!(boss.count(|event| matches!(event, Event::Unanswered { .. })), 1);
    assert!(!ruling.approved);
    assert_eq!(ruling.notes.as_deref(), Some("nobody has decided in time"));
    assert!(ruling.decision.is_some(), "the coordinator has said so");
}

#[tokio::test(start_paused = true)]
async fn without_a_coordinator_the_answer_is_no() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let ruling = agent.decide(HumanRequired::new("push?"), secs(60)).await.unwrap();
    assert_eq!((ruling.approved, ruling.decision), (false, None));
}

#[tokio::test(start_paused = true)]
async fn where_nobody_is_there_the_answer_is_no() {
    let stage = Stage::new();
    let (_boss, agents) =
        stage.begun_with(&["one"], |start| start.settings.escalations.enabled = false).await;
    let began = tokio::time::Instant::now();
    let ruling = agents[0].decide(HumanRequired::new("push?"), secs(600)).await.unwrap();
    assert_eq!(ruling.notes.as_deref(), Some("nobody is there to decide"));
    assert!(began.elapsed() < secs(60), "it did not wait for the time to be up");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_session_is_a_no() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    let stop = async {
        boss.question().await;
        boss.give(Input::Stop { by: None });
    };
    let ask = HumanRequired::new("push?");
    let (ruling, ()) = tokio::join!(agents[0].decide(ask, secs(600)), stop);
    let ruling = ruling.unwrap();
    assert_eq!(
        (ruling.approved, ruling.notes.as_deref()),
        (false, Some("the session was stopped"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_a_person_decides_waits_in_its_order() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    let person = async {
        let question = boss.question().await;
        for found in ["a", "b"] {
            let other = Party::Agent(id("other"));
            let kind = InsightKind::Discovery;
            let insight = Insight::new(&RandomIds, stage.clock.now(), other.clone(), kind, found);
            let to = Party::Agent(id("one"));
            stage.send(other, to, Message::Insight(insight)).await;
        }
        boss.decide(question, true);
    };
    let ask = HumanRequired::new("push?");
    let (ruling, ()) = tokio::join!(agents[0].decide(ask, secs(600)), person);
    assert!(ruling.unwrap().approved);
    for found in ["a", "b"] {
        let insight = next_of(&agents[0], |order| match order {
            Order::Insight(insight) => Some(insight),
            _ => None,
        })
        .await;
        assert_eq!(insight.content, found);
    }
}

#[tokio::test(start_paused = true)]
async fn a_yes_to_something_else_is_no_yes() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let approve = async {
        tokio::time::sleep(secs(1)).await;
        for message in [
            CourseCorrect::pause("delete all?", "d-1"),
            CourseCorrect::resolve(AfterDecision::Resume, "d-1", true),
            CourseCorrect::resolve(AfterDecision::Resume, "d-2", true),
        ] {
            let to = Party::Agent(id("one"));
            stage.send(Party::Coordinator, to, Message::CourseCorrect(message)).await;
        }
    };
    let ask = HumanRequired::new("push?");
    let (ruling, ()) = tokio::join!(agent.decide(ask, secs(60)), approve);
    assert_eq!(ruling.unwrap().decision, None);
    // They are there for whoever asks for orders.
    assert!(matches!(next(&agent).await, Order::Pause { .. }));
    assert!(matches!(next(&agent).await, Order::Resume(_)));
    assert!(matches!(next(&agent).await, Order::Resume(_)));
}

/// Whoever can send messages can name the coordinator as their sender.
#[tokio::test(start_paused = true)]
async fn a_yes_that_is_not_written_down_is_a_no() {
    for forged in [true, false] {
        let stage = Stage::new();
        let agent = stage.join("one").await;
        let approve = async {
            tokio::time::sleep(secs(1)).await;
            if forged {
                // The answer to the same question, asked by an earlier message.
                let at = stage.clock.now();
                let times = (at, at.after(secs(600)));
                let request = ApprovalRequest::new(
                    MessageId::new("earlier").unwrap(),
                    id("one"),
                    "push?",
                    times,
                );
                let mut approval = Approval::new(request);
                approval.decide(Decision::new(true, "anna", at)).unwrap();
                let (key, json) = (StateKey::new("approval:d-1").unwrap(), Json::encode(&approval));
                stage.documents.save_text(&key, json.unwrap().as_str()).await.unwrap();
            }
            for message in [
                CourseCorrect::pause("push?", "d-1"),
                CourseCorrect::resolve(AfterDecision::Resume, "d-1", true),
            ] {
                let to = Party::Agent(id("one"));
                stage.send(Party::Coordinator, to, Message::CourseCorrect(message)).await;
            }
        };
        let ask = HumanRequired::new("push?");
        let (ruling, ()) = tokio::join!(agent.decide(ask, secs(60)), approve);
        let ruling = ruling.unwrap();
        assert!(!ruling.approved && ruling.notes.unwrap().contains("not written down"));
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_run_time_is_up_all_pause_and_a_no_ends_the_session() {
    let stage = Stage::new();
    let (boss, agents) =
        stage.begun_with(&["one"], |start| start.settings.limits.runtime = secs(120)).await;
    agents[0].progress(0.1);
    let decision = next_of(&agents[0], |order| match order {
        Order::Pause { decision, .. } => Some(decision),
        _ => None,
    })
    .await;
    boss.decide(decision.parse().unwrap(), false);
    let Order::Abort(ruling) = next(&agents[0]).await else { panic!("the answer is no") };
    assert_eq!(ruling.decision, Some(decision));
    let Order::Ended(ended) = next(&agents[0]).await else { panic!("it is over") };
    assert_eq!(ended.how(), "the run time of the session was up");
}

#[tokio::test(start_paused = true)]
async fn a_used_up_budget_pauses_an_agent_until_a_person_lets_it_go_on() {
    let stage = Stage::new();
    let (boss, agents) =
        stage.begun_with(&["one"], |start| start.settings.limits.tokens = Some(100)).await;
    agents[0].spent(100, 5).await.unwrap();
    let decision = next_of(&agents[0], |order| match order {
        Order::Pause { decision, reason } => {
            assert!(reason.contains("tokens"), "{reason}");
            Some(decision)
        }
        _ => None,
    })
    .await;
    assert!(agents[0].is_paused());
    boss.decide(decision.parse().unwrap(), true);
    let Order::Resume(ruling) = next(&agents[0]).await else { panic!("it may go on") };
    assert!(ruling.approved && ruling.decision == Some(decision));
    assert!(!agents[0].is_paused());
}
