use std::time::Duration;

use popkit_protocol::session::{Insight, InsightKind};
use popkit_protocol::{AgentId, Party, RandomIds};

use super::*;

fn at(secs: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + secs * 1000)
}

fn sent(secs: u64, message: Message) -> Envelope {
    Envelope::new(&RandomIds, at(secs), Party::Coordinator, Party::Everyone, message)
}

fn progress(share: f64) -> Message {
    let lead = AgentId::new("lead").unwrap();
    Message::Progress(ProgressMessage::announce(share, &lead, 0))
}

fn question(task: Option<(&str, u64)>) -> Message {
    let mut ask = HumanRequired::new("What now?");
    if let Some((task, revision)) = task {
        let blocker = Object::default().with("task", task).unwrap();
        let blocker = blocker.with("revision", &revision).unwrap();
        ask.extra = Object::default().with_extension("blocker", &blocker).unwrap();
    }
    Message::HumanRequired(ask)
}

#[test]
fn the_last_word_about_a_plan_counts() {
    let mut heard = Heard::default();
    assert!(heard.take(&sent(5, progress(0.5)), at(5)));
    assert!(heard.take(&sent(3, progress(0.25)), at(5)), "of interest, but late");
    let plan = heard.last_plan().unwrap();
    assert_eq!((plan.fraction, plan.text.as_str()), (Some(0.5), "50%"));
    let counts = Object::default().with("done", &3).and_then(|o| o.with("total", &6)).unwrap();
    let body = ProgressMessage::announce(0.5, &AgentId::new("lead").unwrap(), 0).body;
    let body = body.with_extension("plan", &counts).unwrap();
    heard.take(&sent(6, Message::Progress(ProgressMessage::new(body))), at(6));
    assert_eq!(heard.last_plan().unwrap().text, "3 of 6 done (50%)");
    let end = ObjectiveUpdate::complete(Object::default().with("text", "all done").unwrap());
    heard.take(&sent(7, Message::ObjectiveUpdate(end)), at(7));
    let plan = heard.last_plan().unwrap();
    assert_eq!((plan.is_complete, plan.text.as_str()), (true, "all done"));
}

#[test]
fn p29_what_has_expired_is_not_heard_and_not_kept() {
    let mut heard = Heard::default();
    assert!(!heard.take(&sent(0, progress(0.5)), at(301)));
    assert!(heard.take(&sent(0, question(None)), at(0)));
    assert_eq!(heard.questions(at(3600)).len(), 1);
    assert_eq!(heard.questions(at(3601)), []);
    assert_eq!(heard.questions(at(0)), [], "it was dropped, not hidden");
}

#[test]
fn a_question_that_is_asked_again_stands_once() {
    let mut heard = Heard::default();
    for secs in 0..3 {
        heard.take(&sent(secs, question(Some(("a", 4)))), at(3));
    }
    heard.take(&sent(3, question(Some(("a", 9)))), at(3));
    heard.take(&sent(4, question(None)), at(4));
    let kept = heard.questions(at(5));
    let about: Vec<_> = kept.iter().map(|q| q.about.as_ref().map(|(_, rev)| *rev)).collect();
    assert_eq!(about, [Some(4), Some(9), None]);
    let imp = Party::Agent(AgentId::new("imp").unwrap());
    let mut claims = sent(5, question(Some(("a", 9))));
    claims.from = imp;
    heard.take(&claims, at(5));
    let kept = heard.questions(at(5));
    assert_eq!(kept.len(), 4, "nobody takes away the question of another");
    heard.settle(&kept[..2]);
    assert_eq!(heard.questions(at(5)).len(), 2);
}

#[test]
fn what_is_kept_has_a_bound() {
    let mut heard = Heard::default();
    for n in 0..200_u64 {
        let from = Party::Agent(AgentId::new("finder").unwrap());
        let kind = InsightKind::Discovery;
        let insight = Insight::new(&RandomIds, at(n), from, kind, format!("number {n}"));
        heard.take(&sent(n, Message::Insight(insight)), at(n));
        heard.take(&sent(n, question(None)).with_ttl(Duration::from_secs(9999)), at(n));
    }
    assert_eq!(heard.questions(at(200)).len(), QUESTIONS);
    let insights = heard.insights();
    assert_eq!((insights.len(), insights[0].content.as_str()), (INSIGHTS, "number 150"));
    assert!(!heard.take(&sent(0, Message::Query(Object::default())), at(0)));
}
