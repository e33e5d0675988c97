//! What the interface agent hears.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::agent::interface::InterfaceAgent;
use popkit_coordinator::{Post, Shutdown};
use popkit_protocol::message::{HumanRequired, ProgressMessage};
use popkit_protocol::{
    AgentId, Clock as _, Envelope, Insight, InsightKind, ManualClock, Message, Namespace, Party,
    RandomIds, SessionId, SystemClock, Topic,
};
use popkit_store::Action;
use popkit_transport::layer::{Fault, Injection, Operation};
use popkit_transport::{MemoryTransport, Stamps, Transport, TransportExt as _};

use super::{ask, desk};
use crate::supervisor::{Stage, settle, task};

fn post(transport: &MemoryTransport, of: Namespace) -> Post {
    Post::new(Arc::new(transport.clone()), of, Stamps::new(&RandomIds))
}

fn insight(at: popkit_protocol::Timestamp, text: &str) -> Envelope {
    let from = Party::Agent(AgentId::new("finder").unwrap());
    let found = Insight::new(&RandomIds, at, from.clone(), InsightKind::Warning, text);
    Envelope::new(&RandomIds, at, from, Party::Everyone, Message::Insight(found))
}

#[tokio::test]
async fn the_status_tells_of_the_plan_and_of_what_a_person_is_asked() {
    for stage in Stage::both().await {
        let (transport, of) = (MemoryTransport::new(), Namespace::unnamed());
        let post = post(&transport, of.clone());
        let supervisor = stage.supervisor().with_post(post, Party::Coordinator);
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
        stage.fatal("a").await;
        settle(&mut monitor).await;

        let desk = desk(&stage);
        assert_eq!(desk.catch_up(&transport, &of).await.unwrap(), 2);
        stage.pass(120);
        let text = ask(&desk, "status").await.text;
        assert!(text.contains("\nplan: 0 of 2 done (50%) (2m ago, by coordinator)\n"), "{text}");
        let asked = "\na person has to decide:\n  \
                     task a failed for good; 1 task waits for it (coordinator asks, 2m ago)\n    \
                     answers: requeue a | cancel b\n";
        assert!(text.contains(asked), "{text}");

        // The answer is a command; with it the question is settled.
        ask(&desk, "requeue a").await;
        let status = desk.status().await.unwrap();
        assert!(status.questions.is_empty());
        assert!(!status.to_string().contains("a person has to decide"));
    }
}

#[tokio::test]
async fn p29_a_question_that_has_expired_is_not_shown() {
    let stage = Stage::memory();
    let desk = desk(&stage);
    let ask = Message::HumanRequired(HumanRequired::new("Push to main?"));
    let now = stage.clock.now();
    let asks = Envelope::new(&RandomIds, now, Party::Coordinator, Party::Human, ask);
    assert!(desk.hear(&asks));
    assert_eq!(desk.status().await.unwrap().questions.len(), 1);
    stage.pass(3601);
    assert!(desk.status().await.unwrap().questions.is_empty());
    assert!(!desk.hear(&asks));
}

#[tokio::test]
async fn only_its_own_session_is_heard_and_what_is_no_message_is_passed_over() {
    let stage = Stage::memory();
    let (transport, own) = (MemoryTransport::new(), Namespace::unnamed());
    let other = Namespace::of(&SessionId::new("others").unwrap());
    let now = stage.clock.now();
    post(&transport, other).send(&insight(now, "theirs")).await.unwrap();
    transport.publish(&own.channel(&Topic::Insights), "{not a message").await.unwrap();
    post(&transport, own.clone()).send(&insight(now, "ours")).await.unwrap();
    let desk = desk(&stage);
    assert_eq!(desk.catch_up(&transport, &own).await.unwrap(), 1);
    let heard = desk.insights();
    assert_eq!((heard[0].kind.as_str(), heard[0].content.as_str()), ("warning", "ours"));
}

#[tokio::test]
async fn text_of_an_agent_is_shown_as_text() {
    let stage = Stage::memory();
    let desk = desk(&stage);
    let evil = "\u{1b}[2J\u{1b}[HAll is well.\ntasks: 0 in all";
    let ask_for = HumanRequired::new(evil).with_options(["yes\u{202e}", "no"]);
    let (from, now) = (Party::Agent(AgentId::new("imp").unwrap()), stage.clock.now());
    desk.hear(&Envelope::new(&RandomIds, now, from, Party::Human, Message::HumanRequired(ask_for)));
    let text = ask(&desk, "status").await.text;
    assert!(text.contains("\n  All is well. tasks: 0 in all (imp asks, 0s ago)\n"), "{text:?}");
    assert!(text.ends_with("answers: yes | no"), "{text:?}");
    // Words of an agent decide nothing.
    let claims = ProgressMessage::announce(1.0, &AgentId::new("imp").unwrap(), 0);
    let from = Party::Agent(AgentId::new("imp").unwrap());
    desk.hear(&Envelope::new(&RandomIds, now, from, Party::Everyone, Message::Progress(claims)));
    let text = ask(&desk, "status").await.text;
    assert!(text.contains("plan: 100% (0s ago, by imp)"), "with its sender: {text}");
}

#[tokio::test(start_paused = true)]
async fn it_listens_until_the_shutdown_through_an_outage() {
    let stage = Stage::memory();
    let desk = InterfaceAgent::new("desk", Arc::clone(&stage.store)).unwrap();
    let line = Fault::new(MemoryTransport::new());
    line.script(Operation::Subscribe, [Injection::Fail, Injection::Fail]);
    let (of, shutdown) = (Namespace::unnamed(), Shutdown::new());
    let post = post(line.inner(), of.clone());
    let (listened, ()) = tokio::join!(desk.listen(&line, &of, &shutdown), async {
        for n in 0..3 {
            post.send(&insight(SystemClock.now(), &format!("number {n}"))).await.unwrap();
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        shutdown.drain();
    });
    listened.unwrap();
    let heard: Vec<String> = desk.insights().into_iter().map(|one| one.content).collect();
    assert_eq!(heard, ["number 0", "number 1", "number 2"]);
}

#[tokio::test]
async fn a_transport_that_is_closed_ends_the_listening() {
    let stage = Stage::memory();
    let (desk, transport) = (desk(&stage), MemoryTransport::new());
    let (of, shutdown) = (Namespace::unnamed(), Shutdown::new());
    let (listened, ()) = tokio::join!(desk.listen(&transport, &of, &shutdown), async {
        tokio::task::yield_now().await;
        transport.close().await.unwrap();
    });
    listened.unwrap();
    assert!(desk.listen(&transport, &of, &shutdown).await.is_err(), "it was closed before");
}

#[tokio::test]
async fn a_question_about_a_task_that_is_not_stored_is_shown() {
    let stage = Stage::memory();
    let transport = MemoryTransport::new();
    let (of, clock) = (Namespace::unnamed(), Arc::<ManualClock>::clone(&stage.clock));
    let other = Stage::memory();
    let post = post(&transport, of.clone());
    let supervisor = other.supervisor().with_clock(clock).with_post(post, Party::Coordinator);
    let mut monitor = other.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
    other.fatal("a").await;
    settle(&mut monitor).await;
    other.change("a", Action::Requeue).await;
    let desk = desk(&stage);
    desk.catch_up(&transport, &of).await.unwrap();
    assert_eq!(desk.status().await.unwrap().questions.len(), 1, "nothing is known better");
}
