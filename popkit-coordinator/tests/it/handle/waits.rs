//! Several waits at once, and a line that is down.

use std::sync::Arc;

use popkit_coordinator::agent::handle::Order;
use popkit_coordinator::machine::Event;
use popkit_coordinator::{AgentError, InboxError};
use popkit_protocol::{Message, Object, Party};
use popkit_store::MemoryStore;
use popkit_transport::MemoryOptions;
use popkit_transport::layer::Fault;

use super::{Stage, body, id, next};
use crate::worker::{RuntimeClock, secs};

#[tokio::test(start_paused = true)]
async fn what_somebody_waits_for_is_given_to_nobody_else() {
    let stage = Stage::new();
    let (one, two) = (stage.join("one").await, stage.join("two").await);
    let clone = one.clone();
    // One task asks for orders all the time, another one for answers.
    let orders = async move {
        let mut heard = Vec::new();
        while let Some(order) = clone.next(secs(30)).await.unwrap() {
            heard.push(order);
        }
        heard
    };
    let asks = async {
        let two_id = id("two");
        let mut answers = Vec::new();
        for n in 0..10 {
            let question = body(&[("question", &n.to_string())]);
            answers.push(one.ask(&two_id, question, secs(20)).await.unwrap().unwrap().text());
        }
        answers
    };
    let answers = async {
        for n in 0..10 {
            let Order::Question(question) = next(&two).await else { panic!("a question") };
            let answer = body(&[("answer", &question.text())]);
            if n % 2 == 0 {
                two.answer(&question, answer.clone()).await.unwrap();
            }
            let from = Party::Agent(id("two"));
            let noise = Message::Query(Object::default());
            stage.send(from, Party::Agent(id("one")), noise).await;
            if n % 2 == 1 {
                two.answer(&question, answer).await.unwrap();
            }
        }
    };
    let (heard, answers, ()) = tokio::join!(orders, asks, answers);
    let all: Vec<_> = (0..10).map(|n| n.to_string()).collect();
    assert_eq!(answers, all);
    assert_eq!(heard.len(), 10);
    assert!(heard.iter().all(|order| matches!(order, Order::Question(_))), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_does_not_wait_for_who_waits() {
    let stage = Stage::new();
    let one = stage.join("one").await;
    let to = Party::Agent(id("one"));
    stage.send(Party::Human, to.clone(), Message::Query(Object::default())).await;
    next(&one).await;
    let clone = one.clone();
    let began = tokio::time::Instant::now();
    let acks = async {
        tokio::time::sleep(secs(1)).await;
        one.ack().await.unwrap();
        one.check_in().await.unwrap();
        assert_eq!(began.elapsed(), secs(1));
    };
    let ask = async move { clone.ask(&id("nobody"), Object::default(), secs(600)).await };
    let (answer, ()) = tokio::join!(ask, acks);
    assert_eq!(answer.unwrap(), None);
    assert_eq!(began.elapsed(), secs(600));
}

#[tokio::test(start_paused = true)]
async fn too_much_that_is_not_handled_is_told() {
    let stage = Stage::new();
    let agent = stage.join_as(stage.options("one").with_unacknowledged(8)).await.unwrap();
    for _ in 0..9 {
        let to = Party::Agent(id("one"));
        stage.send(Party::Human, to, Message::Query(Object::default())).await;
    }
    let asked = agent.ask(&id("two"), Object::default(), secs(600)).await;
    let is_it =
        |error: &AgentError| matches!(error, AgentError::Inbox(InboxError::Unacknowledged { .. }));
    assert!(asked.is_err_and(|error| is_it(&error)));
    for _ in 0..9 {
        next(&agent).await;
    }
    assert_eq!(agent.next(secs(1)).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_go_on_when_the_line_is_back() {
    let clock = RuntimeClock::new();
    let memory = MemoryOptions::default().clock(Arc::<RuntimeClock>::clone(&clock)).open();
    let line = Fault::new(memory.clone());
    let documents = Arc::new(MemoryStore::new());
    let stage = Stage { clock, transport: Arc::new(memory), documents };
    let boss = stage.lead(&["work"], |_| {});
    let behind = Stage { transport: Arc::new(line.clone()), ..stage.clone() };
    let agent = behind.join("one").await;
    boss.saw(&Event::AgentJoined { agent: id("one") }).await;
    line.down();
    let error = agent.check_in().await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    boss.saw(&Event::AgentLost { agent: id("one") }).await;
    line.up();
    boss.saw(&Event::AgentBack { agent: id("one") }).await;
    assert!(matches!(next(&agent).await, Order::Barrier(_)));
}
