//! What a hook says, heard by the machine; what the machine writes, read by the hook.

#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic is what a failure is")]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use popkit_coordinator::check_in::{HookState, Observed, extract};
use popkit_coordinator::machine::{Content, Doc, Heard, Input, Machine, Standing, Start};
use popkit_protocol::session::{AgentIdentity, AgentState};
use popkit_protocol::{
    Codec, Envelope, InsightKind, Json, Message, Object, Objective, Party, RandomIds, Timestamp,
};

fn at(secs: u64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + secs * 1000)
}

fn agent(started: u64) -> AgentIdentity {
    let id = AgentIdentity::stable_id("session-1", None).unwrap();
    AgentIdentity::new(id, "claude", "session-1", at(started))
}

fn edit(n: u64) -> Observed {
    let input = Object::default().with("file_path", &format!("/w/src/f{n}.rs")).unwrap();
    Observed::new("Edit", input).with_id(Some(format!("t-{n}"))).with_root("/w")
}

fn machine() -> Machine {
    let objective = Objective::new(&RandomIds, at(0), "x");
    Machine::new(Start::new(objective, 7, at(0))).unwrap()
}

/// As it arrives: written, and read again.
fn told(machine: &mut Machine, now: Timestamp, state: AgentState) {
    let from = Party::Agent(state.agent.id.clone());
    let message = Message::Heartbeat(state);
    let envelope = Envelope::new(&RandomIds, now, from, Party::Coordinator, message);
    let envelope = Codec::default().decode(&Codec::default().encode(&envelope).unwrap()).unwrap();
    let heard = Heard { envelope, origin: None };
    machine.handle(now, Input::Message(Box::new(heard)), &mut Vec::new());
}

#[test]
fn p5_the_first_check_in_of_a_hook_registers_its_agent_and_the_next_is_the_same_one() {
    let mut machine = machine();
    let mut state = HookState::new(agent(1));
    (1..=5).for_each(|n| assert!(state.note(&edit(n))));
    told(&mut machine, at(2), state.heartbeat(at(2)));
    let id = state.agent.id;
    assert_eq!(machine.standing(&id), Some(Standing::Live));

    // The machine writes the document anew; the next process of the hook goes on from there.
    let Some(Content::Map(fields)) = machine.document(&Doc::Agent(id.clone())) else { panic!() };
    let fields: BTreeMap<String, Bytes> =
        fields.into_iter().map(|(k, v)| (k, Bytes::from(v.as_str().to_owned()))).collect();
    let mut state = HookState::read(agent(900), &fields);
    assert_eq!((state.tool_call_count, state.files_touched.len()), (5, 5));
    (6..=10).for_each(|n| assert!(state.note(&edit(n))));
    assert!(state.is_due(5, at(10), Duration::from_secs(60)));
    told(&mut machine, at(10), state.heartbeat(at(10)));
    let Some(Content::Map(fields)) = machine.document(&Doc::Agent(id)) else { panic!() };
    assert_eq!(fields["tool_call_count"].as_str(), "10");
    let known: AgentIdentity = fields["agent"].decode().unwrap();
    assert_eq!(known, agent(1), "neither a twin nor another start");
}

#[test]
fn p10_an_insight_comes_from_what_claude_code_calls_the_answer() {
    let response = |text: &str| Json::from_text(text).unwrap();
    let call = |answer| Observed::new("Bash", Object::default()).with_response(answer);
    let object = call(response(r#"{"stdout":"","stderr":"build failed in src/net/tls.rs"}"#));
    let text = call(response(r#""build failed in src/net/tls.rs""#));
    for call in [object, text] {
        let found = extract(&call).unwrap();
        assert_eq!((found.kind, found.tags.len()), (InsightKind::Blocker, 3));
    }
}
