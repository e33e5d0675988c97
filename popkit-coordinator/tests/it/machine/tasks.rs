//! Tasks: of the store, and sent as messages.

use popkit_coordinator::machine::{
    About, Action, Assignment, Doc, End, Event, Input, PhaseEnd, Ruling, TaskChange, TaskNews,
};
use popkit_protocol::session::{AgentIdentity, Orphan};
use popkit_protocol::{AgentState, Message, Party, TaskId, TaskState};

use super::{Session, body, id};

fn task(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

fn news(session: &mut Session, name: &str, number: u64, change: TaskChange) {
    session.give(Input::Task(TaskNews { task: task(name), number, change }));
}

fn insert(session: &mut Session, name: &str) {
    news(session, name, 1, TaskChange::Inserted { phase: None, tags: [].into() });
}

const DONE: TaskChange = TaskChange::Ended { state: TaskState::Done };

#[test]
fn a_phase_with_tasks_ends_with_the_last_of_them() {
    let mut session = Session::begun(&["a", "b"], &["x"]);
    insert(&mut session, "t-1");
    insert(&mut session, "t-2");
    session.result("x", body(&[]));
    news(&mut session, "t-1", 2, DONE);
    news(&mut session, "t-1", 2, DONE);
    assert_eq!(session.phase(), 0);
    news(&mut session, "t-2", 5, DONE);
    assert_eq!(session.phase(), 1);
}

#[test]
fn a_task_that_failed_makes_its_phase_incomplete() {
    let mut session = Session::begun(&["a"], &["x"]);
    insert(&mut session, "t-1");
    news(&mut session, "t-1", 2, TaskChange::Ended { state: TaskState::Failed });
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Incomplete });
    assert_eq!(session.end(), Some(&End::Completed), "the policy is to go on");
}

#[test]
fn a_rescued_task_is_told_with_its_context_until_somebody_has_it() {
    let mut session = Session::begun(&["a"], &["x", "y"]);
    insert(&mut session, "t-1");
    news(&mut session, "t-1", 2, TaskChange::Claimed { agent: id("x") });
    session.works("x", 0.6);
    news(&mut session, "t-1", 3, TaskChange::Rescued);
    let told = session.told(&Party::Everyone, "TASK_ORPHANED");
    let [Message::TaskOrphaned(orphan)] = told[..] else { panic!("{told:?}") };
    assert_eq!((orphan.original_agent.as_str(), orphan.progress), ("x", 0.6));
    assert!(orphan.context.as_str().contains("\"progress\":0.6"));
    let listed: Vec<Orphan> =
        session.list(&Doc::Orphans).iter().map(|json| json.decode().unwrap()).collect();
    assert_eq!(listed, std::slice::from_ref(orphan));
    news(&mut session, "t-1", 3, TaskChange::Rescued);
    assert!(session.told(&Party::Everyone, "TASK_ORPHANED").is_empty(), "an old event");
    news(&mut session, "t-1", 4, TaskChange::Claimed { agent: id("y") });
    assert!(session.list(&Doc::Orphans).is_empty());
}

#[test]
fn a_task_that_nobody_takes_needs_a_person_once() {
    let mut session = Session::begun(&["a"], &["x", "y"]);
    insert(&mut session, "t-1");
    news(&mut session, "t-1", 2, TaskChange::Claimed { agent: id("x") });
    news(&mut session, "t-1", 3, TaskChange::Rescued);
    session.pass(300, &["y"]);
    let questions: Vec<_> =
        session.machine.questions().map(|(id, about)| (id.clone(), about.clone())).collect();
    let [(decision, About::Orphan(about))] = &questions[..] else { panic!("{questions:?}") };
    assert_eq!(*about, task("t-1"));
    let decision = decision.clone();
    let ruling = Ruling { decision, approved: true, by: "anna".into(), notes: None };
    session.give(Input::Decide(ruling));
    let cancels = session.last.iter().filter(|e| matches!(e.action, Action::CancelTask { .. }));
    assert_eq!(cancels.count(), 1);
}

#[test]
fn sent_work_goes_to_the_agent_that_has_the_least_and_ends_with_its_result() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    for name in ["t-1", "t-2", "t-3"] {
        let assignment = Assignment { task: task(name), agent: None, body: body(&[]) };
        session.give(Input::Assign(assignment.clone())).give(Input::Assign(assignment));
        assert!(session.published().next().is_none(), "the same work twice is one");
    }
    session.result("x", body(&[("task_id", "\"t-1\"")]));
    session.result("y", body(&[])).result("x", body(&[("n", "1"), ("success", "false")]));
    session.saw(&Event::PhaseEnded { phase: 0, how: PhaseEnd::Incomplete });
}

#[test]
fn another_start_of_an_agent_gets_its_work_again() {
    let mut session = Session::begun(&["a"], &["x"]);
    let assignment = Assignment { task: task("t-1"), agent: None, body: body(&[]) };
    session.give(Input::Assign(assignment));
    let identity = AgentIdentity::new(id("x"), "x", "s-2", session.now);
    let state = AgentState::new(identity, session.now);
    session.hear("x", Message::Heartbeat(state));
    assert_eq!(session.told_agent("x", "TASK"), 1);
}

#[test]
fn lost_work_can_be_claimed_where_it_is_not_given_away() {
    let mut session =
        Session::begun_with(&["a"], &["x", "y"], |start| start.settings.tasks.reassign = false);
    let assignment = Assignment { task: task("t-1"), agent: Some(id("x")), body: body(&[]) };
    session.give(Input::Assign(assignment));
    session.pass(46, &["y"]);
    assert_eq!(session.list(&Doc::Orphans).len(), 1);
    assert_eq!(session.told_agent("y", "TASK"), 0);
    let claim = || Message::TaskClaimed(body(&[("task_id", "\"t-1\"")]));
    session.hear("stranger", claim());
    assert_eq!(session.list(&Doc::Orphans).len(), 1);
    session.hear("y", claim());
    session.saw(&Event::TaskReassigned { task: task("t-1"), agent: id("y") });
    session.result("y", body(&[]));
    assert_eq!(session.end(), Some(&End::Completed));
}

#[test]
fn work_that_no_message_can_carry_is_put_aside() {
    let mut session = Session::begun(&["a"], &["x"]);
    let text = format!("\"{}\"", "a".repeat(300 * 1024));
    let assignment = Assignment { task: task("t-1"), agent: None, body: body(&[("v", &text)]) };
    session.give(Input::Assign(assignment));
    assert_eq!(session.dead().len(), 1);
    assert_eq!(session.told_agent("x", "TASK"), 0);
}
