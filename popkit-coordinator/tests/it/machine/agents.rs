//! Agents: registered, suspect, lost, back, refused.

use std::time::Duration;

use popkit_coordinator::machine::{Event, Input, Join, Standing};
use popkit_protocol::message::SyncMessage;
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{AgentState, Message, Party, Timestamp};

use super::{Session, id, start_of_time};

fn standing(session: &Session, agent: &str) -> &'static str {
    session.machine.standing(&id(agent)).map_or("unknown", Standing::name)
}

/// A heartbeat of another start of an agent.
fn of_start(session: &Session, agent: &str, started: Timestamp, program: &str) -> AgentState {
    let identity = AgentIdentity::new(id(agent), agent, program, started);
    AgentState::new(identity, session.now)
}

#[test]
fn an_agent_is_suspect_before_it_is_lost() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    session.pass(29, &[]);
    assert_eq!(standing(&session, "x"), "live");
    session.pass(1, &[]);
    assert_eq!(standing(&session, "x"), "suspect");
    session.pass(14, &[]);
    assert_eq!(standing(&session, "x"), "suspect");
    session.pass(1, &[]);
    assert_eq!(standing(&session, "x"), "lost");
    assert_eq!(session.told(&Party::Everyone, "AGENT_DOWN").len(), 1);
    session.pass(600, &[]);
    assert_eq!(standing(&session, "x"), "unknown", "forgotten after ten minutes");
}

#[test]
fn the_period_is_the_one_that_the_agent_advertised() {
    let mut session = Session::new(&["a"]);
    let period = Some(Duration::from_secs(60));
    let join = Join { agent: id("slow"), period, tags: [].into(), files: Vec::new() };
    session.give(Input::Join(join));
    assert_eq!(standing(&session, "slow"), "unknown", "joining registers nobody");
    session.beat("slow").beat("quick");
    session.pass(46, &[]);
    assert_eq!((standing(&session, "quick"), standing(&session, "slow")), ("lost", "live"));
    session.pass(134, &[]);
    assert_eq!(standing(&session, "slow"), "lost");
}

#[test]
fn any_message_keeps_an_agent_alive_and_only_a_newer_heartbeat_brings_it_back() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    let late = Message::Heartbeat(session.state("x"));
    session.pass(40, &[]);
    session.ack("x", "phase-0");
    session.pass(20, &[]);
    assert_eq!(standing(&session, "x"), "live");
    session.pass(25, &[]);
    assert_eq!(standing(&session, "x"), "lost");
    session.ack("x", "phase-0");
    session.hear("x", late);
    assert_eq!(standing(&session, "x"), "lost", "an old message proves nothing");
    session.beat("x");
    assert_eq!(standing(&session, "x"), "live");
    session.saw(&Event::AgentBack { agent: id("x") });
}

#[test]
fn one_that_comes_back_learns_where_the_session_stands() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    session.pass(46, &["y"]);
    assert_eq!(standing(&session, "x"), "lost");
    assert_eq!(session.machine.waiting_for(), [&id("y")]);
    session.beat("x");
    assert_eq!(session.told_agent("x", "OBJECTIVE_UPDATE"), 1);
    let told = session.told(&Party::Agent(id("x")), "SYNC");
    assert!(matches!(told[..], [Message::Sync(SyncMessage::Outcome(_))]), "{told:?}");
    assert_eq!(session.machine.waiting_for(), [&id("x"), &id("y")]);
}

#[test]
fn of_two_agents_with_one_name_the_later_start_is_listened_to() {
    let mut session = Session::new(&["a"]);
    let (early, later) = (start_of_time(), start_of_time().after(Duration::from_secs(9)));
    let beat = |session: &mut Session, started, program: &str| {
        let state = of_start(session, "x", started, program);
        session.now = session.now.after(Duration::from_secs(1));
        session.hear("x", Message::Heartbeat(state));
    };
    beat(&mut session, early, "one");
    beat(&mut session, later, "two");
    session.saw(&Event::AgentReplaced { agent: id("x") });
    for _ in 0..3 {
        beat(&mut session, early, "one");
    }
    assert_eq!(session.count(|e| matches!(e, Event::AgentTwin { .. })), 1, "told once");
    assert_eq!(session.count(|e| matches!(e, Event::AgentReplaced { .. })), 1);
    // The later one dies; the name is free.
    for _ in 0..9 {
        session.pass(5, &[]);
        beat(&mut session, early, "one");
    }
    assert_eq!(standing(&session, "x"), "live");
    session.saw(&Event::AgentLost { agent: id("x") });
    session.saw(&Event::AgentBack { agent: id("x") });
}

#[test]
fn agents_beyond_the_limit_are_refused_until_there_is_room() {
    let mut session = Session::with(&["a"], |start| start.settings.agents.most = 2);
    session.beat("x").beat("y").beat("z");
    assert_eq!(standing(&session, "z"), "unknown");
    assert_eq!(session.told_agent("z", "COURSE_CORRECT"), 1);
    session.pass(10, &["x", "y", "z"]);
    assert_eq!(session.count(|e| matches!(e, Event::AgentRefused { .. })), 1, "told once a minute");
    session.give(Input::Leave { agent: id("y"), at: None });
    assert_eq!(standing(&session, "y"), "left");
    session.beat("z");
    assert_eq!(standing(&session, "z"), "live");
}

#[test]
fn a_heartbeat_from_before_its_leave_brings_no_agent_back() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    session.pass(2, &[]);
    let late = session.state("x");
    session.pass(1, &[]);
    let at = Some(session.now);
    session.give(Input::Leave { agent: id("x"), at });
    session.hear("x", Message::Heartbeat(late));
    assert_eq!(standing(&session, "x"), "left");
    session.pass(1, &[]);
    session.beat("x");
    assert_eq!(standing(&session, "x"), "live", "a later one does");
}

#[test]
fn a_heartbeat_storm_changes_nothing() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    let before = session.machine.pending().count();
    for _ in 0..1000 {
        session.beat("x");
    }
    assert_eq!(session.machine.pending().count(), before, "one save takes the place of another");
    assert_eq!(session.count(|e| matches!(e, Event::AgentJoined { .. })), 1);
}

#[test]
fn a_step_of_the_clock_loses_nobody() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    for step in [3600, 7200] {
        session.now = session.now.after(Duration::from_secs(step));
        session.give(Input::Tick);
        assert_eq!(standing(&session, "x"), "live", "forward");
        session.beat("x");
    }
    session.now = start_of_time();
    session.give(Input::Tick);
    session.pass(20, &[]);
    assert_eq!(standing(&session, "x"), "live", "back");
    session.pass(30, &[]);
    assert_eq!(standing(&session, "x"), "lost", "and time goes on from there");
}

#[test]
fn nobody_is_lost_because_the_coordinator_was_away() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    session.pass(40, &[]);
    session.now = session.now.after(Duration::from_secs(3600));
    session.give(Input::Lead { epoch: 2 });
    session.give(Input::Tick);
    session.pass(29, &[]);
    assert_eq!(standing(&session, "x"), "suspect");
    session.beat("x");
    assert_eq!(standing(&session, "x"), "live");
}
