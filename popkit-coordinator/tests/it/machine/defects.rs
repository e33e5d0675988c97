//! The defects of the original that concern the machine, one test each. The numbers are those
//! of the list in `docs/decisions/0015-session-machine.md`.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_coordinator::machine::{
    Action, Assignment, Content, Doc, End, Event, Input, Machine, Start, Subject,
};
use popkit_protocol::message::{
    AfterDecision, CourseCorrect, HumanRequired, StreamChunk, StreamEnd, StreamStart, SyncMessage,
};
use popkit_protocol::session::{BoundaryKind, ViolationAction};
use popkit_protocol::{
    Boundary, Insight, InsightKind, Json, Message, MessageId, Objective, Party, SequentialIds,
    TaskId,
};

use super::{Session, body, id};

fn boundary(kind: BoundaryKind, value: &str, action: ViolationAction) -> Boundary {
    Boundary::new(kind, "limit", Json::from_text(value).unwrap(), action)
}

fn insight(session: &Session, from: &str, content: &str) -> Insight {
    let from = Party::Agent(id(from));
    let kind = InsightKind::Discovery;
    Insight::new(&session.ids, session.now, from, kind, content).with_tags(["parser"])
}

/// An agent whose task has the tag `parser`.
fn with_task(session: &mut Session, agent: &str) {
    let task = TaskId::new(format!("t-{agent}")).unwrap();
    let body = body(&[("tags", "[\"parser\"]")]);
    session.give(Input::Assign(Assignment { task, agent: Some(id(agent)), body }));
}

#[test]
fn p1_an_objective_with_boundaries_starts_and_is_stored_whole() {
    let limit = boundary(BoundaryKind::FilePattern, "[\"src/**\"]", ViolationAction::Block);
    let session = Session::with(&["a"], |s| s.objective.boundaries.push(limit.clone()));
    let stored: Objective = session.text(&Doc::Objective).decode().unwrap();
    assert_eq!(stored.boundaries, [limit]);
    let mut broken = session.start;
    broken.objective.phases = vec!["a".into(), "a".into()];
    assert!(Machine::new(broken).is_err(), "all or nothing: there is no machine to run on");
}

#[test]
fn p2_and_p5_the_first_heartbeat_registers_an_agent() {
    let mut session = Session::new(&["a"]);
    session.beat("hooked");
    session.saw(&Event::AgentJoined { agent: id("hooked") });
    assert_eq!(session.machine.standing(&id("hooked")).unwrap().name(), "live");
    session.pass(40, &["hooked"]);
    assert_eq!(session.machine.standing(&id("hooked")).unwrap().name(), "live", "they count");
}

#[test]
fn p3_a_heartbeat_stores_its_state_and_the_phase_ends_with_it() {
    let mut session = Session::begun(&["a", "b"], &["x"]);
    session.works("x", 0.4);
    let Some(Content::Map(fields)) = session.machine.document(&Doc::Agent(id("x"))) else {
        panic!("no state");
    };
    assert_eq!(fields["progress"].as_str(), "0.4");
    session.works("x", 1.0);
    assert_eq!(session.phase(), 1);
}

#[test]
fn p4_results_alone_end_no_phase_and_late_ones_are_kept() {
    let mut session = Session::new(&["a", "b", "c"]);
    for n in 0..4 {
        session.result("nobody", body(&[("n", &n.to_string())]));
    }
    assert_eq!((session.phase(), session.end()), (0, None));
    session.give(Input::Stop { by: None });
    session.result("nobody", body(&[("n", "9")]));
    let completed = session.text(&Doc::Completed);
    assert_eq!(completed.as_str().matches("\"n\":").count(), 5, "{completed}");
    assert_eq!(completed.as_str().matches("\"late\":true").count(), 1);
    assert!(session.last.iter().any(|e| e.action == Action::Save(Doc::Completed)));
}

#[test]
fn p6_a_forwarded_insight_arrives_unchanged() {
    let mut session = Session::new(&["a"]);
    session.beat("finder").beat("reader");
    with_task(&mut session, "reader");
    let found = insight(&session, "finder", "the lexer is generated");
    session.hear("finder", Message::Insight(found.clone()));
    let told = session.told(&Party::Agent(id("reader")), "INSIGHT");
    assert_eq!(told, [&Message::Insight(found)]);
}

#[test]
fn p7_the_bare_stop_command_stops() {
    for by in [None, Some(Party::Human)] {
        let mut session = Session::begun(&["a"], &["x"]);
        session.give(Input::Stop { by: by.clone() });
        let by = by.map(|by| by.to_string());
        assert_eq!(session.end(), Some(&End::Stopped { by }));
        assert_eq!(session.told(&Party::Everyone, "COURSE_CORRECT").len(), 1);
        assert_eq!(session.machine.next_wakeup(), None);
    }
    let mut session = Session::begun(&["a"], &["x"]);
    session.give(Input::Stop { by: Some(Party::Agent(id("x"))) });
    assert_eq!(session.end(), None, "an agent cannot stop the others");
}

#[test]
fn p8_status_and_metrics_tell_the_truth() {
    let mut session = Session::begun(&["a"], &["x", "y"]);
    session.result("x", body(&[("approach", "\"read first\""), ("context", "\"parser\"")]));
    let status = session.text(&Doc::Status).decode::<popkit_protocol::Object>().unwrap();
    assert_eq!(status.get::<String>("status").unwrap(), "running");
    assert_eq!(status.get::<Vec<String>>("waiting_for").unwrap(), ["y"]);
    let metrics: popkit_protocol::Object = status.get("metrics").unwrap();
    assert_eq!(metrics.get::<u64>("results"), Some(1));
    assert_eq!(metrics.get::<u64>("patterns_learned"), Some(1));
    assert_eq!(metrics.get::<u64>("messages"), Some(5));
}

#[test]
fn p15_streams_of_tool_output_arrive_whole_in_any_order() {
    let mut session = Session::begun(&["a"], &["x"]);
    let at = session.now;
    session.hear("x", Message::StreamStart(StreamStart::new("s", "Bash", at)));
    let chunk = |n, text: &str| Message::StreamChunk(StreamChunk::new("s", n, "Bash", text));
    let mut kept = Vec::new();
    for (n, text) in [(1, "b"), (1, "b"), (0, "a"), (2, "c")] {
        session.hear("x", chunk(n, text));
        kept.extend(session.last.iter().filter_map(|e| match &e.action {
            Action::Output(output) => Some((output.index, output.content.clone())),
            _ => None,
        }));
    }
    session.hear("x", Message::StreamEnd(StreamEnd::new("s", at)));
    kept.sort();
    assert_eq!(kept, [(0, "a".to_owned()), (1, "b".to_owned()), (2, "c".to_owned())]);
    let status = session.text(&Doc::Status);
    assert!(status.as_str().contains("\"streams_open\":0,\"streams_done\":1"), "{status}");
}

#[test]
fn p21_no_two_messages_of_the_machine_share_an_id() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        for _ in 0..3 {
            let ask = HumanRequired::new("Push?");
            session.hear("x", Message::HumanRequired(ask));
            let found: Vec<MessageId> = session.published().map(|e| e.id.clone()).collect();
            assert!(!found.is_empty());
            for id in found {
                assert!(seen.insert(id.clone()), "{id} is used twice");
            }
        }
        let questions: Vec<_> = session.machine.questions().map(|(id, _)| id.clone()).collect();
        assert_eq!(questions.len(), 3, "equal questions are three questions");
        for decision in questions {
            let by = "anna".to_owned();
            let ruling =
                popkit_coordinator::machine::Ruling { decision, approved: true, by, notes: None };
            session.give(Input::Decide(ruling));
        }
    }
}

#[test]
fn p22_boundaries_still_hold_after_they_were_stored_and_read() {
    let files = boundary(BoundaryKind::FilePattern, "[\"src/**\"]", ViolationAction::Alert);
    let time = boundary(BoundaryKind::TimeLimit, "60", ViolationAction::Block);
    let mut session = Session::with(&["a"], |s| s.objective.boundaries = vec![files, time]);
    session.machine = Machine::restore(&session.machine.snapshot().unwrap()).unwrap();
    session.beat("x");
    let mut state = session.state("x");
    state.files_touched = vec!["src/a.rs".into(), "/etc/passwd".into()];
    session.hear("x", Message::Heartbeat(state));
    assert_eq!(session.told_agent("x", "DRIFT_ALERT"), 1);
    session.pass(61, &["x"]);
    assert_eq!(session.end(), Some(&End::TimedOut));
}

#[test]
fn p24_the_documentation_barrier_gives_its_summary() {
    let mut session = Session::begun(&["documentation"], &["x"]);
    session.result("x", body(&[]));
    let asked = session.last.iter().filter_map(|e| match &e.action {
        Action::Check(check) => Some(check.subject.clone()),
        _ => None,
    });
    assert_eq!(
        asked.collect::<Vec<_>>(),
        [
            Subject::Documentation("readme_version_match".into()),
            Subject::Documentation("no_autogen_drift".into()),
        ]
    );
    let lines = session.machine.documentation();
    assert_eq!(
        lines,
        ["readme_version_match is being checked", "no_autogen_drift is being checked",]
    );
}

#[test]
fn p25_an_insight_that_was_marked_as_read_is_also_sent() {
    let mut session = Session::new(&["a"]);
    session.beat("finder").beat("reader");
    with_task(&mut session, "reader");
    let found = insight(&session, "finder", "x");
    session.hear("finder", Message::Insight(found));
    // The coordinator dies before any effect is done; the next one reads the snapshot.
    session.machine = Machine::restore(&session.machine.snapshot().unwrap()).unwrap();
    session.give(Input::Lead { epoch: 2 });
    assert_eq!(session.told_agent("reader", "INSIGHT"), 1);
}

#[test]
fn p26_a_dead_agent_does_not_hold_up_a_barrier() {
    let mut session = Session::with(&["a"], |s| s.settings.agents.wanted = 2);
    session.beat("x").beat("y").ack("x", "phase-0");
    let outcome = |session: &Session| {
        let told = session.told(&Party::Everyone, "SYNC").into_iter().cloned();
        told.filter(|m| matches!(m, Message::Sync(SyncMessage::Outcome(_)))).count()
    };
    session.pass(46, &["x"]);
    assert_eq!(outcome(&session), 1, "long before the 120 s of the barrier are over");
    session.saw(&Event::PhaseBegan { phase: 0 });
    // Nor does one that lives and does not answer: an expired barrier begins its phase.
    let mut session = Session::with(&["a"], |s| s.settings.agents.wanted = 2);
    session.beat("x").beat("mute").ack("x", "phase-0");
    session.pass(121, &["x", "mute"]);
    session.saw(&Event::PhaseBegan { phase: 0 });
}

#[test]
fn p27_an_agent_gets_each_insight_once() {
    let mut session = Session::new(&["a"]);
    session.beat("finder").beat("reader");
    let found = insight(&session, "finder", "x");
    session.hear("finder", Message::Insight(found));
    assert_eq!(session.told_agent("reader", "INSIGHT"), 0, "nothing says that it concerns it");
    let pull = || {
        let tags = ["parser".to_owned()].into();
        Input::Pull(popkit_coordinator::machine::Pull { agent: id("reader"), tags })
    };
    session.give(pull());
    assert_eq!(session.told_agent("reader", "INSIGHT"), 1);
    session.give(pull());
    assert_eq!(session.told_agent("reader", "INSIGHT"), 0);
}

#[test]
fn p28_work_of_a_lost_agent_is_given_to_another_within_the_limits() {
    let mut session = Session::with(&["a"], |s| s.settings.tasks.attempts = 1);
    session.beat("x").beat("y");
    let task = TaskId::new("t-1").unwrap();
    let assignment = Assignment { task: task.clone(), agent: Some(id("x")), body: body(&[]) };
    session.give(Input::Assign(assignment));
    assert_eq!(session.told_agent("x", "TASK"), 1);
    session.pass(46, &["y"]);
    assert_eq!(session.told_agent("y", "TASK"), 1);
    assert_eq!(session.told(&Party::Everyone, "TASK_ORPHANED").len(), 1);
    session.saw(&Event::TaskReassigned { task: task.clone(), agent: id("y") });
    assert!(session.list(&Doc::Orphans).is_empty(), "it is nobody's no more");
    session.beat("z");
    session.pass(46, &["z"]);
    assert_eq!(session.told_agent("z", "TASK"), 0);
    session.saw(&Event::TaskGivenUp { task, reason: "it has lost 2 agents".into() });
}

#[test]
fn p29_expired_messages_count_for_nothing_and_requests_are_repeated() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    let found = insight(&session, "x", "old");
    let ask = HumanRequired::new("Push?");
    let old = [
        session.envelope("x", Message::Insight(found)),
        session.envelope("x", Message::HumanRequired(ask)),
    ];
    session.pass(20, &["x"]);
    for envelope in old {
        let envelope = envelope.with_ttl(Duration::from_secs(10));
        let heard = popkit_coordinator::machine::Heard { envelope, origin: None };
        session.give(Input::Message(Box::new(heard)));
    }
    assert!(session.list(&Doc::Insights).is_empty());
    assert_eq!(session.machine.questions().count(), 0);
    assert_eq!(session.dead(), ["it had expired when it came in; send it again"]);
    let told = session.told(&Party::Agent(id("x")), "COURSE_CORRECT");
    assert!(
        matches!(told[..], [Message::CourseCorrect(CourseCorrect::Resolve(r))]
        if r.action == AfterDecision::Abort),
        "it does not wait for ever: {told:?}"
    );
    session.pass(15, &["x"]);
    assert_eq!(session.told_agent("x", "SYNC"), 1, "a request that needs an answer is repeated");
}

#[test]
fn p30_every_list_has_an_end() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    for n in 0..300 {
        let found = insight(&session, "x", &format!("insight {n}"));
        session.hear("x", Message::Insight(found));
        let ask = HumanRequired::new(format!("question {n}"));
        session.hear("x", Message::HumanRequired(ask));
        session.result("x", body(&[("n", &n.to_string())]));
        session.hear(&format!("new-{n}"), Message::TaskClaimed(body(&[])));
    }
    assert_eq!(session.list(&Doc::Insights).len(), 100);
    assert_eq!(session.list(&Doc::Human).len(), 8);
    let effects: Vec<_> = session.machine.pending().map(|effect| effect.id).collect();
    session.give(Input::Done { effects });
    assert!(session.machine.snapshot().unwrap().len() < 256 * 1024);
    session.pass(601, &["x"]);
    assert!(session.list(&Doc::Insights).is_empty(), "they live for 600 s");
    session.give(Input::Stop { by: None });
    assert!(session.last.iter().any(|e| e.action == Action::Clear));
    for doc in [Doc::Objective, Doc::Insights, Doc::Orphans, Doc::Agent(id("x"))] {
        assert_eq!(session.machine.document(&doc), None, "{doc:?}");
    }
}

#[test]
fn an_objective_is_gone_on_with_where_it_stood() {
    let ids = SequentialIds::default();
    let now = super::start_of_time();
    let mut objective = Objective::new(&ids, now, "x").with_phases(["a", "b"]);
    objective.current_phase = 1;
    let machine = Machine::new(Start::new(objective, 1, now)).unwrap();
    assert_eq!(machine.objective().phase(), Some("b"));
}
