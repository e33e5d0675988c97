//! Questions to people.

use popkit_coordinator::machine::{Content, Doc, Event, Heard, Input, Ruling};
use popkit_protocol::message::{AfterDecision, CourseCorrect, HumanRequired, Resolution};
use popkit_protocol::session::ApprovalState;
use popkit_protocol::{Approval, Message, MessageId, Object, Party};

use super::{Session, body, id};

fn ask(session: &mut Session, agent: &str, text: &str) -> MessageId {
    session.hear(agent, Message::HumanRequired(HumanRequired::new(text)));
    let told = session.told(&Party::Agent(id(agent)), "COURSE_CORRECT");
    let [Message::CourseCorrect(CourseCorrect::Pause { decision_id, .. })] = told[..] else {
        panic!("{told:?}");
    };
    decision_id.parse().unwrap()
}

fn decide(session: &mut Session, decision: &MessageId, approved: bool) {
    let (decision, by) = (decision.clone(), "anna".to_owned());
    let notes = Some("go slowly".to_owned());
    session.give(Input::Decide(Ruling { decision, approved, by, notes }));
}

fn resolution(session: &Session, agent: &str) -> Option<Resolution> {
    let told = session.told(&Party::Agent(id(agent)), "COURSE_CORRECT");
    told.into_iter().find_map(|message| match message {
        Message::CourseCorrect(CourseCorrect::Resolve(end)) => Some(end.clone()),
        _ => None,
    })
}

fn approval(session: &Session, decision: &MessageId) -> Approval {
    session.text(&Doc::Approval(decision.clone())).decode().unwrap()
}

#[test]
fn an_agent_pauses_until_a_person_has_decided() {
    for (approved, action, state) in [
        (true, AfterDecision::Resume, ApprovalState::Approved),
        (false, AfterDecision::Abort, ApprovalState::Denied),
    ] {
        let mut session = Session::begun(&["a"], &["x"]);
        let decision = ask(&mut session, "x", "push to main?");
        assert_eq!(session.list(&Doc::Human).len(), 1);
        decide(&mut session, &decision, approved);
        let end = resolution(&session, "x").unwrap();
        assert_eq!((end.action, end.notes.as_deref()), (action, Some("go slowly")));
        assert_eq!(approval(&session, &decision).state(session.now), state);
        assert!(session.list(&Doc::Human).is_empty());
        decide(&mut session, &decision, !approved);
        assert!(session.last.is_empty(), "decided once is decided");
    }
}

#[test]
fn nobody_decides_in_time_is_a_no() {
    let mut session = Session::begun(&["a"], &["x"]);
    let envelope = session
        .envelope("x", Message::HumanRequired(HumanRequired::new("push?")))
        .with_ttl(std::time::Duration::from_secs(60));
    session.give(Input::Message(Box::new(Heard { envelope, origin: None })));
    let decision = session.machine.questions().next().unwrap().0.clone();
    session.pass(61, &["x"]);
    assert_eq!(resolution(&session, "x").unwrap().action, AfterDecision::Abort);
    session.saw(&Event::Unanswered { decision: decision.clone() });
    assert_ne!(approval(&session, &decision).state(session.now), ApprovalState::Approved);
}

#[test]
fn the_same_question_comes_twice_and_is_asked_once() {
    let mut session = Session::begun(&["a"], &["x"]);
    let envelope = session.envelope("x", Message::HumanRequired(HumanRequired::new("push?")));
    let heard = || Input::Message(Box::new(Heard { envelope: envelope.clone(), origin: None }));
    session.give(heard()).give(heard());
    assert_eq!(session.machine.questions().count(), 1);
    let decision = session.machine.questions().next().unwrap().0.clone();
    decide(&mut session, &decision, true);
    session.give(heard());
    assert_eq!(session.machine.questions().count(), 0);
    assert_eq!(resolution(&session, "x").unwrap().decision_id, decision.as_str());
}

#[test]
fn another_start_of_an_agent_waits_for_nothing_that_the_earlier_one_asked() {
    let mut session = Session::begun(&["a"], &["x", "y"]);
    let (old, others) = (ask(&mut session, "x", "push?"), ask(&mut session, "y", "push?"));
    session.pass(1, &["y"]);
    let mut state = session.state("x");
    (state.agent.session_id, state.agent.started_at) = ("the next".to_owned(), session.now);
    session.hear("x", Message::Heartbeat(state));
    session.saw(&Event::Withdrawn { decision: old.clone() });
    let open: Vec<_> = session.machine.questions().map(|(id, _)| id.clone()).collect();
    assert_eq!(open, [others]);
    assert!(session.machine.document(&Doc::Approval(old)).is_none(), "nothing is allowed by it");
    let new = ask(&mut session, "x", "push?");
    decide(&mut session, &new, true);
    assert_eq!(resolution(&session, "x").unwrap().action, AfterDecision::Resume);
}

#[test]
fn no_agent_can_answer_itself() {
    let mut session = Session::begun(&["a"], &["x"]);
    let decision = ask(&mut session, "x", "push?");
    let forged = CourseCorrect::resolve(AfterDecision::Resume, decision.as_str(), true);
    session.hear("x", Message::CourseCorrect(forged));
    assert_eq!(session.machine.questions().count(), 1);
}

#[test]
fn where_nobody_is_there_the_answer_is_no_at_once() {
    let mut session =
        Session::begun_with(&["a"], &["x"], |start| start.settings.escalations.enabled = false);
    session.hear("x", Message::HumanRequired(HumanRequired::new("push?")));
    assert_eq!(resolution(&session, "x").unwrap().action, AfterDecision::Abort);
    assert_eq!(session.machine.questions().count(), 0);
}

#[test]
fn one_agent_cannot_flood_the_person() {
    let mut session = Session::begun(&["a"], &["x"]);
    for n in 0..8 {
        ask(&mut session, "x", &format!("question {n}"));
    }
    session.hear("x", Message::HumanRequired(HumanRequired::new("one more")));
    assert_eq!(resolution(&session, "x").unwrap().action, AfterDecision::Abort);
    assert_eq!((session.machine.questions().count(), session.dead().len()), (8, 1));
}

#[test]
fn a_broken_boundary_is_noted_and_asked_about_where_it_must_be() {
    let mut session = Session::begun(&["a"], &["x"]);
    let alert =
        |body: Object| Message::BoundaryAlert(popkit_protocol::message::BoundaryAlert::new(body));
    session.hear("x", alert(body(&[("description", "\"scope\""), ("suggestion", "\"stay\"")])));
    assert_eq!(session.machine.questions().count(), 0);
    assert_eq!(session.told_agent("x", "COURSE_CORRECT"), 1, "it is redirected");
    session.hear("x", alert(body(&[("requires_human", "true")])));
    assert_eq!(session.machine.questions().count(), 1);
    assert_eq!(session.count(|e| matches!(e, Event::Violation { .. })), 2);
}

#[test]
fn whoever_speaks_after_the_end_is_told_of_it() {
    let mut session = Session::begun(&["a"], &["x"]);
    session.give(Input::Stop { by: None });
    session.beat("absent");
    assert_eq!(session.told_agent("absent", "COURSE_CORRECT"), 1);
    session.beat("absent");
    assert_eq!(session.told_agent("absent", "COURSE_CORRECT"), 0, "once a minute");
}

#[test]
fn the_end_of_a_session_leaves_no_question() {
    let mut session = Session::begun(&["a"], &["x"]);
    let decision = ask(&mut session, "x", "push?");
    session.give(Input::Stop { by: Some(Party::Human) });
    assert_eq!(session.machine.questions().count(), 0);
    assert_eq!(session.machine.document(&Doc::Human), Some(Content::List(Vec::new())));
    assert_eq!(session.machine.document(&Doc::Approval(decision)), None);
    session.hear("x", Message::HumanRequired(HumanRequired::new("still?")));
    assert!(resolution(&session, "x").is_some(), "whoever asks later is told that it is over");
}
