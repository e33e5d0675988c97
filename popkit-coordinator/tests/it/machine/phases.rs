//! Phases: how they begin, end, and hand on what came out.

use popkit_coordinator::machine::{
    Action, Checked, Doc, End, Event, Heard, Input, PhaseEnd, Policy, Removal, Subject, Verdict,
};
use popkit_protocol::message::{ObjectiveUpdate, ProgressMessage, ResultMessage};
use popkit_protocol::{Message, Object, Party};

use super::{Session, body, id};

fn of_phase(phase: u32) -> Object {
    Object::default().with_extension("phase", &phase).unwrap()
}

fn check(session: &mut Session, subject: Subject, verdict: Verdict) {
    session.give(Input::Checked(Checked { subject, verdict }));
}

#[test]
fn what_came_out_of_a_phase_is_handed_to_the_next() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    session.result("x", body(&[("found", "\"a lexer\"")]));
    session.result("y", body(&[("found", "\"a grammar\"")]));
    assert_eq!(session.phase(), 1);
    session.ack("x", "phase-1").ack("y", "phase-1");
    let told = session.told(&Party::Everyone, "OBJECTIVE_UPDATE");
    let [Message::ObjectiveUpdate(ObjectiveUpdate::Phase(start))] = told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((start.phase.as_str(), start.phase_index), ("b", 1));
    let texts: Vec<&str> =
        start.previous_results.iter().map(popkit_protocol::Json::as_str).collect();
    assert!(texts[0].contains("a lexer") && texts[1].contains("a grammar"), "{texts:?}");
}

#[test]
fn results_that_are_too_deep_or_too_large_keep_nobody_from_the_next_phase() {
    let deep = format!("{}1{}", "[".repeat(28), "]".repeat(28));
    let large = format!("\"{}\"", "a".repeat(60 * 1024));
    let mut session = Session::begun(&["a", "b"], &["x", "y", "z"]);
    for (agent, value) in [("x", &deep), ("y", &large), ("z", &large)] {
        session.result(agent, body(&[("v", value)]));
    }
    for agent in ["x", "y", "z"] {
        session.ack(agent, "phase-1");
    }
    let codec = popkit_protocol::Codec::default();
    for envelope in session.published() {
        codec.encode(envelope).unwrap();
    }
    let told = session.told(&Party::Everyone, "OBJECTIVE_UPDATE");
    let [Message::ObjectiveUpdate(ObjectiveUpdate::Phase(start))] = told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(start.extra.extension::<u32>("results_left_out"), Some(3));
}

#[test]
fn a_phase_waits_for_everybody_that_works_in_it() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    session.result("x", of_phase(0));
    assert_eq!(session.machine.waiting_for(), [&id("y")]);
    session.result("x", of_phase(0)).result("stranger", of_phase(0));
    assert_eq!(session.phase(), 0);
    let report = ProgressMessage::report(1.0).body.with_extension("phase", &0).unwrap();
    session.hear("y", Message::Progress(ProgressMessage::new(report)));
    assert_eq!(session.phase(), 1);
}

#[test]
fn a_late_result_of_an_earlier_phase_ends_nothing() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    // Of an agent that does not say which phase it means.
    let old = session.envelope("x", Message::Result(ResultMessage::new(body(&[("n", "7")]))));
    session.result("x", of_phase(0)).result("y", of_phase(0));
    session.through(1, &["x", "y"]);
    session.result("x", of_phase(0)).result("y", of_phase(0));
    session.give(Input::Message(Box::new(Heard { envelope: old, origin: None })));
    assert_eq!(session.machine.waiting_for(), [&id("x"), &id("y")]);
    session.result("x", of_phase(1)).result("y", of_phase(1));
    assert_eq!(session.end(), Some(&End::Completed));
    let kept = session.text(&Doc::Completed);
    let (first, second) = kept.as_str().split_once("\"b\":[").unwrap();
    assert!(first.contains("\"late\":true") && first.contains("\"n\":7"), "{kept}");
    assert!(!second.contains("\"late\":true"), "{kept}");
}

#[test]
fn being_done_with_the_phase_before_is_not_being_done_with_this_one() {
    let mut session = Session::begun(&["a", "b"], &["x"]);
    session.works("x", 0.4).works("x", 1.0);
    let late = session.state("x").with_progress(1.0).with_current_task("work");
    session.pass(1, &[]);
    session.through(1, &["x"]);
    session.hear("x", Message::Heartbeat(late));
    assert_eq!(session.machine.waiting_for(), [&id("x")], "sent before the phase began");
    session.works("x", 1.0);
    assert_eq!(session.machine.waiting_for(), [&id("x")], "it may not have heard of it");
    session.pass(5, &[]);
    session.works("x", 0.1).works("x", 1.0);
    assert_eq!(session.end(), Some(&End::Completed));
    // One that never says less counts in the end: it cannot be told.
    let mut session = Session::begun(&["a"], &["x"]);
    for _ in 0..7 {
        session.pass(5, &[]);
        session.works("x", 1.0);
    }
    assert_eq!(session.end(), Some(&End::Completed));
}

#[test]
fn standing_at_the_next_barrier_is_being_done() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    session.ack("x", "phase-1");
    session.saw(&Event::PartDone { phase: 0, agent: id("x") });
    session.result("y", of_phase(0));
    session.saw(&Event::BarrierReached { barrier: "phase-1".into(), agent: id("x") });
    session.ack("y", "phase-1");
    session.saw(&Event::PhaseBegan { phase: 1 });
}

#[test]
fn the_time_of_a_phase_ends_it_as_the_policy_says() {
    let slow = |policy| {
        let mut session = Session::begun_with(&["a"], &["x"], |start| {
            start.settings.limits.runtime = std::time::Duration::from_secs(100);
            start.settings.phases.multiplier_percent = 50;
            start.settings.phases.policy = policy;
        });
        session.works("x", 0.5);
        session.pass(51, &["x"]);
        session
    };
    let session = slow(Policy::Proceed);
    session.saw(&Event::PartDropped { phase: 0, agent: id("x"), why: Removal::Overdue });
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Incomplete });
    let session = slow(Policy::Fail);
    assert!(matches!(session.end(), Some(End::Failed { .. })));
    let session = slow(Policy::Hold);
    assert_eq!((session.machine.questions().count(), session.phase()), (1, 0));
}

#[test]
fn a_part_that_could_not_be_done_ends_the_phase_as_the_policy_says() {
    let failed = body(&[("success", "false"), ("error", "\"no compiler\"")]);
    let half = |policy| {
        let mut session = Session::begun_with(&["a", "b"], &["x", "y"], |start| {
            start.settings.phases.policy = policy;
        });
        session.result("x", failed.clone());
        let (agent, reason) = (id("x"), "no compiler".to_owned());
        session.saw(&Event::PartFailed { phase: 0, agent, reason });
        // Standing at the next barrier makes nothing good.
        session.ack("x", "phase-1");
        session.result("y", body(&[("success", "true")]));
        session
    };
    let session = half(Policy::Proceed);
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Incomplete });
    let told = |event: &Event| matches!(event, Event::Violation { text, .. } if text.contains("x"));
    assert_eq!((session.count(told), session.end()), (1, None));
    assert!(matches!(half(Policy::Fail).end(), Some(End::Failed { .. })));
    let session = half(Policy::Hold);
    assert_eq!((session.machine.questions().count(), session.phase()), (1, 0));
}

#[test]
fn a_phase_in_which_all_parts_failed_fails_the_session() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    for agent in ["x", "y"] {
        session.result(agent, body(&[("success", "false")]));
    }
    let Some(End::Failed { reason }) = session.end() else { panic!("{:?}", session.end()) };
    assert_eq!(reason, "phase a: its part could not be done by x, y, and nobody else took part");
}

#[test]
fn a_part_that_failed_may_be_mended_while_others_work() {
    let failed = body(&[("success", "false")]);
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    session.result("x", failed.clone());
    session.result("x", body(&[("success", "true")]));
    session.result("y", body(&[]));
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Done });
    // Or by another start.
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    session.result("x", failed);
    session.pass(1, &["y"]);
    let mut state = session.state("x");
    state.agent.session_id = "the next".to_owned();
    session.hear("x", Message::Heartbeat(state));
    assert_eq!(session.told(&Party::Agent(id("x")), "OBJECTIVE_UPDATE").len(), 1);
    session.result("y", body(&[]));
    assert_eq!(session.phase(), 0, "it tries once more");
    session.result("x", body(&[]));
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Done });
}

#[test]
fn whoever_was_lost_might_have_done_better() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    session.result("x", body(&[("success", "false")]));
    session.pass(60, &["x"]);
    session.saw(&Event::AgentLost { agent: id("y") });
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Incomplete });
    assert_eq!((session.end(), session.phase()), (None, 1));
}

#[test]
fn criteria_are_checked_and_a_person_decides_where_no_check_can() {
    let judged = |first: Verdict, second: Verdict| {
        let mut session = Session::begun_with(&["a"], &["x"], |start| {
            start.objective.success_criteria = vec!["it builds".into(), "it is fast".into()];
        });
        session.result("x", of_phase(0));
        let asked = session.last.iter().filter(|e| matches!(e.action, Action::Check(_)));
        assert_eq!(asked.count(), 2);
        check(&mut session, Subject::Criterion(0), first);
        check(&mut session, Subject::Criterion(1), second);
        session
    };
    assert_eq!(judged(Verdict::Met, Verdict::Met).end(), Some(&End::Completed));
    let unmet = Verdict::Unmet { reason: "3 errors".into() };
    let session = judged(unmet, Verdict::Unknown);
    assert_eq!((session.end(), session.machine.questions().count()), (None, 2));
    // Nobody answers a check: that is a question, too.
    let mut session = Session::begun_with(&["a"], &["x"], |start| {
        start.objective.success_criteria = vec!["it builds".into()];
    });
    session.result("x", of_phase(0));
    session.pass(121, &["x"]);
    assert_eq!(session.machine.questions().count(), 1);
}

#[test]
fn the_documentation_barrier_looks_at_what_was_changed() {
    let mut session = Session::begun_with(&["document"], &["x"], |start| {
        start.settings.documentation.checks = vec!["claude_md_updated".into()];
    });
    let mut state = session.state("x");
    state.files_touched = vec!["src/a.rs".into()];
    session.hear("x", Message::Heartbeat(state.clone()));
    session.result("x", of_phase(0));
    assert_eq!(
        session.machine.documentation(),
        ["claude_md_updated: code was changed and CLAUDE.md was not"]
    );
    assert_eq!(session.told(&Party::Everyone, "COURSE_CORRECT").len(), 1);
    state.files_touched.push("CLAUDE.md".into());
    state.timestamp = session.now;
    session.hear("x", Message::Heartbeat(state));
    session.result("x", body(&[("n", "2")]));
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Done });
}

#[test]
fn the_documentation_barrier_ends_in_time() {
    let mut session = Session::begun(&["documentation"], &["x"]);
    session.result("x", of_phase(0));
    session.pass(301, &["x"]);
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Incomplete });
    assert!(session.text(&Doc::Completed).as_str().contains("not in order"));
}

#[test]
fn a_phase_is_skipped_only_where_that_is_allowed() {
    for allowed in [false, true] {
        let mut session =
            Session::begun_with(&["a", "b"], &["x"], |start| start.settings.phases.skip = allowed);
        session.give(Input::Skip { by: "anna".into() });
        assert_eq!(session.phase(), u32::from(allowed));
    }
}

#[test]
fn without_barriers_a_phase_begins_at_once() {
    let mut session = Session::with(&["a", "b"], |start| start.settings.phases.sync = false);
    session.beat("x");
    session.saw(&Event::PhaseBegan { phase: 0 });
    session.result("x", of_phase(0));
    session.saw(&Event::PhaseBegan { phase: 1 });
}
