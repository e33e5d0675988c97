//! Insights and patterns.

use popkit_coordinator::machine::{Doc, Input, Join, Pull};
use popkit_protocol::message::ObjectiveUpdate;
use popkit_protocol::{AgentId, Envelope, Insight, InsightKind, Message, Object, Party, Pattern};

use super::{Session, body, id};

fn insight(session: &Session, from: &str, content: &str, tags: &[&str]) -> Insight {
    let from = Party::Agent(id(from));
    let kind = InsightKind::Discovery;
    Insight::new(&session.ids, session.now, from, kind, content).with_tags(tags.iter().copied())
}

fn share(session: &mut Session, from: &str, content: &str, tags: &[&str]) {
    let insight = insight(session, from, content, tags);
    session.hear(from, Message::Insight(insight));
}

fn pull(session: &mut Session, agent: &str, tags: &[&str]) -> Vec<String> {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    session.give(Input::Pull(Pull { agent: id(agent), tags }));
    let told = session.told(&Party::Agent(id(agent)), "INSIGHT");
    let content = |message: &&Message| match message {
        Message::Insight(insight) => Some(insight.content.clone()),
        _ => None,
    };
    told.iter().filter_map(content).collect()
}

fn joined(session: &mut Session, agent: &str, tags: &[&str]) {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    session.give(Input::Join(Join { agent: id(agent), period: None, tags, files: Vec::new() }));
    session.beat(agent);
}

#[test]
fn an_insight_finds_those_whose_work_it_concerns_and_nobody_else() {
    let mut session = Session::new(&["a"]);
    for (agent, tags) in [("x", &["parser"][..]), ("y", &["parser", "lexer"]), ("z", &["docs"])] {
        joined(&mut session, agent, tags);
    }
    share(&mut session, "x", "found", &["parser"]);
    let readers: Vec<AgentId> = session.published().filter_map(|e| e.to.agent().cloned()).collect();
    assert_eq!(readers, [id("y")], "not its finder, not who works on something else");
}

#[test]
fn another_start_of_an_agent_is_sent_what_the_earlier_one_was_sent() {
    let mut session = Session::new(&["a"]);
    joined(&mut session, "x", &[]);
    joined(&mut session, "y", &["t"]);
    for number in 0..18 {
        share(&mut session, "x", &format!("found {number}"), &["t"]);
    }
    // Longer than a message lives, and not so long as an insight counts.
    session.pass(400, &["x", "y"]);
    assert_eq!(session.told(&Party::Agent(id("y")), "INSIGHT").len(), 0, "it has them");
    let mut state = session.state("y");
    state.agent.session_id = "the next".to_owned();
    session.pass(1, &[]);
    session.hear("y", Message::Heartbeat(state));
    let is_sent = |envelope: &&Envelope| envelope.to.agent() == Some(&id("y"));
    let sent: Vec<&Envelope> = session.published().filter(is_sent).collect();
    assert!(sent.iter().all(|envelope| !envelope.is_expired(session.now)), "{sent:?}");
    let told = session.told(&Party::Agent(id("y")), "INSIGHT");
    let content = |message: &&Message| match message {
        Message::Insight(insight) => insight.content.clone(),
        other => panic!("{other:?}"),
    };
    let told: Vec<_> = told.iter().map(content).collect();
    let newest: Vec<_> = (2..18).map(|number| format!("found {number}")).collect();
    assert_eq!(told, newest, "in their order");
    assert_eq!(pull(&mut session, "y", &["t"]), ["found 1", "found 0"], "it may ask for the rest");
}

#[test]
fn what_was_said_before_is_not_said_again() {
    let mut session = Session::new(&["a"]);
    session.beat("x").beat("y");
    share(&mut session, "x", "The lexer is generated", &["lexer"]);
    share(&mut session, "y", " the LEXER is generated ", &["lexer"]);
    share(&mut session, "x", "The lexer is not generated", &["lexer"]);
    assert_eq!(session.list(&Doc::Insights).len(), 2);
    let mut session = Session::with(&["a"], |s| s.settings.insights.similarity_percent = 80);
    session.beat("x");
    share(&mut session, "x", "the big old lexer is generated", &[]);
    share(&mut session, "x", "the big old lexer is generated now", &[]);
    share(&mut session, "x", "the parser is generated", &[]);
    assert_eq!(session.list(&Doc::Insights).len(), 2);
}

#[test]
fn a_pull_gives_the_newest_first_those_of_the_phase_before_all_and_not_too_many() {
    let mut session = Session::new(&["a", "b"]);
    joined(&mut session, "x", &[]);
    session.beat("y");
    for n in 0..3 {
        share(&mut session, "x", &format!("early {n}"), &["t"]);
    }
    session.through(0, &["x"]);
    session.result("x", body(&[]));
    share(&mut session, "x", "of this phase", &["t"]);
    assert_eq!(pull(&mut session, "y", &["other"]), [""; 0]);
    assert_eq!(pull(&mut session, "y", &["t"]), ["of this phase", "early 2", "early 1"]);
    assert_eq!(pull(&mut session, "y", &["t"]), ["early 0"]);
    assert_eq!(pull(&mut session, "y", &["t"]), [""; 0]);
    assert_eq!(pull(&mut session, "stranger", &["t"]), [""; 0]);
}

#[test]
fn an_insight_in_the_name_of_another_or_too_large_is_put_aside() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    let forged = insight(&session, "y", "x", &[]);
    session.hear("x", Message::Insight(forged));
    assert_eq!(session.dead(), ["the insight claims to be from y"]);
    share(&mut session, "x", &"a".repeat(9000), &[]);
    assert_eq!(session.dead().len(), 1);
    assert!(session.list(&Doc::Insights).is_empty());
}

#[test]
fn results_teach_and_what_was_learned_is_recommended() {
    let learned = |success: &str| {
        body(&[
            ("approach", "\"generate the lexer\""),
            ("context", "\"parser\""),
            ("confidence", "0.7"),
            ("success", success),
        ])
    };
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    session.result("x", learned("true")).result("y", learned("true"));
    let pattern_id = Pattern::id_of("generate the lexer", "parser");
    assert!(session.machine.document(&Doc::Pattern(pattern_id.clone())).is_some());
    session.ack("x", "phase-1").ack("y", "phase-1");
    let told = session.told(&Party::Everyone, "OBJECTIVE_UPDATE");
    let [Message::ObjectiveUpdate(ObjectiveUpdate::Phase(start))] = told[..] else {
        panic!("{told:?}");
    };
    let advice: Object = start.recommendations[0].decode().unwrap();
    assert_eq!(advice.get::<f64>("confidence"), Some(0.8));
    assert_eq!(advice.get::<String>("advice").unwrap(), "use");
    session.now = session.now.after(std::time::Duration::from_secs(24 * 3600));
    session.give(Input::Tick);
    assert_eq!(session.machine.document(&Doc::Pattern(pattern_id)), None, "kept for a day");
}
