//! Barriers: arrivals, generations, removals, policies, quorum.

use popkit_coordinator::machine::{BarrierRequest, End, Event, Input, Machine, Policy, Ruling};
use popkit_protocol::message::{BarrierStatus, SyncAck, SyncMessage};
use popkit_protocol::{Message, MessageId, Object, Party};

use super::{Session, id};

fn session(agents: &[&str], policy: Policy, quorum: u8) -> Session {
    let mut session = Session::with(&["a"], |start| {
        start.settings.agents.wanted = u32::try_from(agents.len()).unwrap();
        start.settings.barriers.policy = policy;
        start.settings.barriers.quorum_percent = quorum;
    });
    for agent in agents {
        session.beat(agent);
    }
    session
}

fn released(session: &Session) -> usize {
    session.count(|event| matches!(event, Event::BarrierReleased { .. }))
}

fn decide(session: &mut Session, approved: bool) {
    let decision: MessageId = session.machine.questions().next().unwrap().0.clone();
    let ruling = Ruling { decision, approved, by: "anna".to_owned(), notes: None };
    session.give(Input::Decide(ruling));
}

#[test]
fn a_barrier_is_released_once_when_the_last_member_arrives() {
    let mut session = session(&["x", "y"], Policy::Proceed, 0);
    for _ in 0..3 {
        session.ack("x", "phase-0");
    }
    session.ack("stranger", "phase-0");
    assert_eq!(released(&session), 0, "who counts is a name, not a number");
    session.ack("y", "phase-0");
    assert_eq!(released(&session), 1);
    for agent in ["x", "y", "x"] {
        session.ack(agent, "phase-0");
        assert_eq!(released(&session), 1);
        let told = session.told(&Party::Agent(id(agent)), "SYNC");
        assert!(
            matches!(told[..], [Message::Sync(SyncMessage::Outcome(outcome))]
            if outcome.status == BarrierStatus::Complete),
            "whoever asks is told again"
        );
    }
}

#[test]
fn a_release_outlives_the_coordinator() {
    let mut session = session(&["x", "y"], Policy::Proceed, 0);
    session.ack("x", "phase-0").ack("y", "phase-0");
    session.machine = Machine::restore(&session.machine.snapshot().unwrap()).unwrap();
    session.give(Input::Lead { epoch: 2 });
    let outcome = session
        .told(&Party::Everyone, "SYNC")
        .into_iter()
        .filter(|m| matches!(m, Message::Sync(SyncMessage::Outcome(_))));
    assert_eq!(outcome.count(), 1, "it was not confirmed, so it is published again");
    session.ack("y", "phase-0");
    assert_eq!((released(&session), session.told_agent("y", "SYNC")), (1, 1));
}

#[test]
fn an_answer_to_an_older_generation_counts_for_nothing() {
    let mut session = session(&["x", "y"], Policy::Proceed, 0);
    session.ack("x", "phase-9");
    let old = Object::default().with_extension("generation", &7).unwrap();
    for agent in ["x", "y"] {
        let mut ack = SyncAck::new("phase-0");
        ack.extra = old.clone();
        session.hear(agent, Message::SyncAck(ack));
    }
    assert_eq!(released(&session), 0);
    // All go before anybody came: the next generation has another name on the wire.
    session.pass(46, &[]);
    session.saw(&Event::BarrierFailed {
        barrier: "phase-0".into(),
        generation: 1,
        reason: "nobody is left".into(),
    });
    session.beat("z");
    session.pass(120, &["z"]);
    session.ack("z", "phase-0");
    assert_eq!(released(&session), 0, "that is the old one");
    session.ack("z", "phase-0.2");
    assert_eq!(released(&session), 1);
}

#[test]
fn a_removed_member_that_comes_back_stays_removed() {
    let mut session = session(&["x", "y", "z"], Policy::Proceed, 0);
    session.pass(46, &["x", "y"]);
    session.beat("z");
    let request = session.told(&Party::Agent(id("z")), "SYNC").len();
    assert_eq!(request, 0, "it is not asked");
    session.ack("z", "phase-0").ack("x", "phase-0").ack("y", "phase-0");
    let arrived = [id("x"), id("y")].into();
    session.saw(&Event::BarrierReleased { barrier: "phase-0".into(), generation: 1, arrived });
}

#[test]
fn a_policy_of_fail_fails_with_the_first_that_is_lost() {
    let mut session = session(&["x", "y"], Policy::Fail, 0);
    session.pass(46, &["x"]);
    let reason = "barrier phase-0 lost y".to_owned();
    assert_eq!(session.end(), Some(&End::Failed { reason }));
}

#[test]
fn a_policy_of_hold_asks_a_person_and_goes_on_as_they_say() {
    for approved in [true, false] {
        let mut session = session(&["x", "y"], Policy::Hold, 0);
        session.ack("x", "phase-0");
        session.pass(46, &["x"]);
        assert_eq!((session.machine.questions().count(), released(&session)), (1, 0));
        assert!(session.machine.held_by("phase-0").is_some());
        session.pass(200, &["x"]);
        assert_eq!(released(&session), 0, "it waits for them, however long");
        decide(&mut session, approved);
        assert_eq!(released(&session), usize::from(approved));
        assert_eq!(session.end().is_some(), !approved);
    }
    let mut session = session(&["x", "y"], Policy::Hold, 0);
    session.ack("x", "phase-0");
    session.pass(46, &["x"]);
    session.beat("y").ack("y", "phase-0");
    assert_eq!(released(&session), 1, "the lost one came after all");
    assert_eq!(session.machine.questions().count(), 0, "nobody has to decide any more");
}

#[test]
fn without_a_quorum_a_person_decides() {
    let mut session = session(&["x", "y", "z"], Policy::Proceed, 60);
    session.ack("x", "phase-0");
    session.pass(46, &["x"]);
    assert_eq!((session.machine.questions().count(), released(&session)), (1, 0));
    decide(&mut session, true);
    assert_eq!(released(&session), 1);
}

#[test]
fn whoever_leaves_is_not_waited_for() {
    let mut session = session(&["x", "y"], Policy::Hold, 0);
    session.ack("x", "phase-0");
    session.give(Input::Leave { agent: id("y"), at: None });
    assert_eq!(released(&session), 1);
}

#[test]
fn a_barrier_of_ones_own_has_a_name_of_its_own() {
    let mut session = Session::begun(&["a"], &["x", "y"]);
    let request = |name: &str, members: &[&str]| {
        let members = Some(members.iter().map(|agent| id(agent)).collect());
        let (name, instruction) = (name.to_owned(), "meet".to_owned());
        Input::OpenBarrier(BarrierRequest { name, members, instruction, policy: None })
    };
    session.give(request("merge", &["x", "y"]));
    let told = session.told(&Party::Everyone, "SYNC");
    let [Message::Sync(SyncMessage::Request(asked))] = told[..] else { panic!("{told:?}") };
    let wire = asked.barrier_id.clone();
    assert!(wire.starts_with("merge-") && wire.len() == 12, "{wire}");
    session.give(request("merge", &["x"]));
    assert!(session.last.is_empty(), "it is open already");
    session.ack("x", &wire).ack("y", &wire);
    assert_eq!(released(&session), 2);
    for (name, members) in [("phase-7", &["x"][..]), ("", &["x"]), ("m", &[]), ("m", &["q"])] {
        session.give(request(name, members));
        assert_eq!(session.dead().len(), 1, "{name:?} {members:?}");
    }
}
