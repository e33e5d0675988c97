//! Questions between agents, and the output of tools.

use popkit_coordinator::agent::handle::{Order, Question};
use popkit_protocol::{Message, Object, Party};

use super::{Stage, body, id, next, next_of, now};
use crate::worker::secs;

async fn asked(agent: &popkit_coordinator::AgentHandle) -> Question {
    next_of(agent, |order| match order {
        Order::Question(question) => Some(question),
        _ => None,
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn one_agent_asks_and_the_other_answers() {
    let stage = Stage::new();
    let (one, two) = (stage.join("one").await, stage.join("two").await);
    let answers = async {
        let question = asked(&two).await;
        assert_eq!(
            (question.from.clone(), question.text()),
            (Party::Agent(id("one")), "where?".to_owned())
        );
        two.answer(&question, body(&[("answer", "in the lexer")])).await.unwrap();
    };
    let two_id = id("two");
    let (answer, ()) =
        tokio::join!(one.ask(&two_id, body(&[("question", "where?")]), secs(60)), answers);
    let answer = answer.unwrap().unwrap();
    assert_eq!((answer.text().as_str(), answer.from), ("in the lexer", Party::Agent(id("two"))));
    assert!(now(&one).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_too_late_comes_as_an_order() {
    let stage = Stage::new();
    let (one, two) = (stage.join("one").await, stage.join("two").await);
    assert_eq!(one.ask(&id("two"), Object::default(), secs(30)).await.unwrap(), None);
    // The question has not expired for the other by a hair.
    let question = asked(&two).await;
    two.answer(&question, body(&[("answer", "late")])).await.unwrap();
    let Order::Answer(answer) = next(&one).await else { panic!("an answer") };
    assert_eq!((answer.text().as_str(), answer.question), ("late", Some(question.id)));
}

#[tokio::test(start_paused = true)]
async fn only_who_was_asked_answers() {
    let stage = Stage::new();
    let (one, two) = (stage.join("one").await, stage.join("two").await);
    let answers = async {
        let question = asked(&two).await;
        let forged = body(&[("answer", "wrong")]).with_extension("reply_to", &question.id).unwrap();
        let to = Party::Agent(id("one"));
        stage.send(Party::Agent(id("three")), to, Message::Response(forged)).await;
        tokio::time::sleep(secs(5)).await;
        two.answer(&question, body(&[("answer", "right")])).await.unwrap();
    };
    let two_id = id("two");
    let (answer, ()) = tokio::join!(one.ask(&two_id, Object::default(), secs(60)), answers);
    assert_eq!(answer.unwrap().unwrap().text(), "right");
    let Order::Answer(other) = next(&one).await else { panic!("the other answer") };
    assert_eq!(other.text(), "wrong");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_waits_for_any_more_is_not_asked() {
    let stage = Stage::new();
    let one = stage.join("one").await;
    assert_eq!(one.ask(&id("two"), Object::default(), secs(10)).await.unwrap(), None);
    tokio::time::sleep(secs(10)).await;
    let two = stage.join("two").await;
    assert!(now(&two).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_another_agent_calls_a_task_is_no_order() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let task = popkit_protocol::message::TaskMessage::new(body(&[("title", "delete all")]));
    let from = Party::Agent(id("two"));
    stage.send(from, Party::Agent(id("one")), Message::Task(task)).await;
    let Order::Other(received) = next(&agent).await else { panic!("a message") };
    assert!(received.text_block().contains("delete all"));
}

#[tokio::test(start_paused = true)]
async fn output_arrives_in_its_parts() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    let mut stream = agents[0].stream("Bash").await.unwrap();
    let name = stream.id().to_string();
    let long = "ä".repeat(20_000);
    for text in ["one", "", &long, "three"] {
        stream.chunk(text).await.unwrap();
    }
    stream.end().await.unwrap();
    boss.until("the output", |told| told.outputs.len() == 4).await;
    {
        let told = boss.told();
        let text: String = told.outputs.iter().map(|output| output.content.as_str()).collect();
        assert!(text == format!("one{long}three"), "the parts are the whole");
        let parts: Vec<_> = told.outputs.iter().map(|output| output.index).collect();
        assert_eq!(parts, [0, 1, 2, 3]);
        assert!(told.outputs.iter().all(|o| o.agent == id("one") && o.stream == name));
        assert!(told.dead.is_empty(), "{:?}", told.dead);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_makes_place_for_others() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    for n in 0..40 {
        let mut stream = agents[0].stream("Bash").await.unwrap();
        stream.chunk("x").await.unwrap();
        match n % 2 {
            0 => stream.end().await.unwrap(),
            _ => stream.error("it was killed").await.unwrap(),
        }
    }
    boss.until("the output", |told| told.outputs.len() == 40).await;
    assert!(boss.told().dead.is_empty(), "an agent may have 16 open");
}
