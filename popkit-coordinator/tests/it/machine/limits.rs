//! Limits that are reached, and drift.

use std::time::Duration;

use popkit_coordinator::machine::{End, Enforcement, Event, Input, Ruling, Spending};
use popkit_protocol::message::{DriftAlert, DriftKind};
use popkit_protocol::{Message, MessageId, Party};

use super::{Session, id};

fn decide(session: &mut Session, approved: bool) {
    let decision: MessageId = session.machine.questions().next().unwrap().0.clone();
    let ruling = Ruling { decision, approved, by: "anna".to_owned(), notes: None };
    session.give(Input::Decide(ruling));
}

fn drifts(session: &Session, agent: &str) -> Vec<DriftKind> {
    let told = session.told(&Party::Agent(id(agent)), "DRIFT_ALERT");
    let kind = |message: &&Message| match message {
        Message::DriftAlert(DriftAlert { kind, .. }) => Some(kind.clone()),
        _ => None,
    };
    told.iter().filter_map(kind).collect()
}

#[test]
fn the_end_of_the_run_time_comes_before_that_of_a_phase() {
    let mut session = Session::begun_with(&["a"], &["x"], |start| {
        start.settings.limits.runtime = Duration::from_secs(2);
        start.settings.agents.period = Duration::from_secs(60);
    });
    session.works("x", 0.1);
    let due = session.machine.next_wakeup().unwrap();
    assert!(due <= session.now.after(Duration::from_secs(2)), "{due}");
    // Nobody has ticked, and the time of the phase is up as well.
    session.now = session.now.after(Duration::from_secs(10));
    session.works("x", 0.2);
    assert_eq!((session.end(), session.phase()), (None, 0), "the phase has not ended");
    decide(&mut session, false);
    assert_eq!(session.end(), Some(&End::TimedOut));
}

#[test]
fn when_the_run_time_is_up_all_pause_until_a_person_decides() {
    let mut session = Session::begun_with(&["a"], &["x"], |start| {
        start.settings.limits.runtime = Duration::from_secs(60);
        start.settings.phases.multiplier_percent = 1000;
    });
    session.works("x", 0.1);
    session.pass(60, &["x"]);
    assert_eq!(session.told(&Party::Everyone, "COURSE_CORRECT").len(), 1);
    session.pass(1000, &["x"]);
    assert_eq!((session.end(), session.phase()), (None, 0), "nothing is late meanwhile");
    decide(&mut session, true);
    assert_eq!(session.told(&Party::Everyone, "COURSE_CORRECT").len(), 1);
    session.pass(20, &["x"]);
    assert_eq!(session.end(), None);
    session.pass(41, &["x"]);
    decide(&mut session, false);
    assert_eq!(session.end(), Some(&End::TimedOut));
}

#[test]
fn a_question_about_the_run_time_that_nobody_answers_ends_the_session() {
    let mut session = Session::with(&["a"], |start| {
        start.settings.limits.runtime = Duration::from_secs(10);
        start.settings.escalations.ttl = Duration::from_secs(30);
    });
    session.pass(41, &[]);
    assert_eq!(session.end(), Some(&End::TimedOut));
}

#[test]
fn an_agent_that_has_used_up_its_tool_calls_waits_for_a_person() {
    let mut session = Session::begun_with(&["a"], &["x"], |start| {
        start.settings.limits.tool_calls = 20;
        start.settings.drift.enabled = false;
    });
    let calls = |session: &mut Session, count| {
        let mut state = session.state("x");
        state.tool_call_count = count;
        session.now = session.now.after(Duration::from_secs(1));
        session.hear("x", Message::Heartbeat(state));
        session.machine.questions().count()
    };
    assert_eq!(calls(&mut session, 19), 0);
    assert_eq!(calls(&mut session, 20), 1);
    assert_eq!(calls(&mut session, 21), 1, "asked once");
    decide(&mut session, true);
    assert_eq!((calls(&mut session, 40), calls(&mut session, 41)), (0, 1), "as much again");
    decide(&mut session, false);
    assert_eq!(calls(&mut session, 100), 0, "it was told to stop");
}

#[test]
fn tokens_and_cost_have_their_breakers() {
    let spend = |session: &mut Session, tokens, cost_micros| {
        session.give(Input::Spent(Spending { agent: id("x"), tokens, cost_micros }));
    };
    let mut session = Session::begun_with(&["a"], &["x"], |start| {
        start.settings.limits.tokens = Some(1000);
        start.settings.limits.cost_micros = Some(500);
    });
    spend(&mut session, 999, 0);
    assert_eq!(session.machine.questions().count(), 0);
    spend(&mut session, 1, 0);
    assert_eq!(session.machine.questions().count(), 1);
    decide(&mut session, true);
    spend(&mut session, 0, 500);
    assert_eq!(session.told(&Party::Everyone, "COURSE_CORRECT").len(), 1, "all pause");
    decide(&mut session, false);
    assert!(matches!(session.end(), Some(End::Failed { .. })));
}

#[test]
fn drift_is_told_once_each_time() {
    let mut session = Session::begun_with(&["a"], &["x"], |start| {
        start.settings.limits.tool_calls = 1000;
    });
    session.works("x", 0.1);
    let state = |session: &Session, calls| {
        let mut state = session.state("x").with_progress(0.1).with_current_task("work");
        state.tool_call_count = calls;
        Message::Heartbeat(state)
    };
    let beat = |session: &mut Session, calls| {
        session.now = session.now.after(Duration::from_secs(1));
        let message = state(session, calls);
        session.hear("x", message);
        drifts(session, "x")
    };
    assert_eq!(beat(&mut session, 10), []);
    assert_eq!(beat(&mut session, 21), [DriftKind::CheckinOverdue]);
    let mut told = Vec::new();
    for _ in 0..20 {
        told.extend(beat(&mut session, 21));
        for _ in 0..5 {
            session.pass(1, &[]);
            told.extend(drifts(&session, "x"));
        }
    }
    assert_eq!(told, [DriftKind::Silence], "a heartbeat alone is no work");
    assert_eq!(beat(&mut session, 22), []);
}

#[test]
fn files_outside_an_agents_globs_stop_it_where_that_is_wanted() {
    let mut session = Session::begun_with(&["a"], &["x"], |start| {
        start.settings.drift.files = Enforcement::Block;
    });
    let files = vec!["src/**".to_owned()];
    let join =
        popkit_coordinator::machine::Join { agent: id("x"), period: None, tags: [].into(), files };
    session.give(Input::Join(join));
    let mut state = session.state("x");
    state.files_touched = vec!["src/a.rs".into(), "src/../.env".into()];
    session.hear("x", Message::Heartbeat(state.clone()));
    assert_eq!(drifts(&session, "x"), [DriftKind::File]);
    assert_eq!(session.machine.questions().count(), 1);
    state.timestamp = session.now.after(Duration::from_secs(1));
    session.hear("x", Message::Heartbeat(state));
    assert_eq!(drifts(&session, "x"), [], "told once");
    assert_eq!(session.count(|e| matches!(e, Event::Violation { .. })), 1);
}
