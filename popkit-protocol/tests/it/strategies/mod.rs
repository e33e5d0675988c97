//! What proptest draws: values that the crate accepts, of every shape.

mod change;
mod life;
mod message;
mod session;
mod spec;

use std::time::Duration;

use popkit_protocol::task::Requirement;
use popkit_protocol::{
    AgentId, Capability, Failure, Json, Priority, Score, TaskId, TaskKind, Timestamp,
};
use proptest::prelude::*;

pub(crate) use change::change;
pub(crate) use life::{Life, life};
pub(crate) use message::{envelope, object, plain_json};
pub(crate) use session::{
    agent_state, approval, boundary, completed, insight, objective, orphan, pattern,
};
pub(crate) use spec::new_task;

/// Text with everything in it that JSON has to escape.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof!["(?s).{0,12}", "[ -~\\n\\t\"\\\\]{0,24}"]
}

pub(crate) fn task_id() -> impl Strategy<Value = TaskId> {
    let grammar = prop_oneof!["[A-Za-z0-9][A-Za-z0-9._-]{0,12}", "[a-c]", "[A-Za-z0-9]{120,128}"];
    grammar.prop_filter_map("reserved", |text| TaskId::new(text).ok())
}

pub(crate) fn agent_id() -> impl Strategy<Value = AgentId> {
    "[A-Za-z0-9][A-Za-z0-9._-]{0,12}".prop_filter_map("reserved", |text| AgentId::new(text).ok())
}

pub(crate) fn task_kind() -> impl Strategy<Value = TaskKind> {
    "[a-z0-9][a-z0-9._:/@-]{0,8}".prop_map(|text| TaskKind::new(text).unwrap())
}

pub(crate) fn capability() -> impl Strategy<Value = Capability> {
    "[a-z0-9][a-z0-9._:/@-]{0,8}".prop_map(|text| Capability::new(text).unwrap())
}

pub(crate) fn requirement() -> impl Strategy<Value = Requirement> {
    let capabilities = prop::collection::btree_set(capability(), 0..4);
    (task_kind(), capabilities, prop::option::of(agent_id())).prop_map(|(kind, all, agent)| {
        let mut wants = Requirement::new(kind);
        wants.capabilities = all;
        wants.agent = agent;
        wants
    })
}

pub(crate) fn timestamp() -> impl Strategy<Value = Timestamp> {
    (0..=Timestamp::MAX.as_micros()).prop_map(Timestamp::from_micros)
}

pub(crate) fn span() -> impl Strategy<Value = Duration> {
    (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos))
}

pub(crate) fn priority() -> impl Strategy<Value = Priority> {
    any::<u8>().prop_map(Priority::raw)
}

/// Both parts are below 2^53, as those of every store are.
pub(crate) fn score() -> impl Strategy<Value = Score> {
    (0..1_u64 << 53, 0..1_u64 << 53).prop_map(|(major, seq)| Score { major, seq })
}

pub(crate) fn failure() -> impl Strategy<Value = Failure> {
    ("[a-z]{0,8}", text()).prop_map(|(kind, text)| Failure::new(kind, text))
}

/// A tree of JSON.
pub(crate) fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(text(), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// JSON as someone wrote it: with space in it, and with what a reader into Rust types and
/// back would change.
pub(crate) fn json() -> impl Strategy<Value = Json> {
    prop_oneof![
        8 => value().prop_map(|value| Json::encode(&value).unwrap()),
        4 => value().prop_map(|value| {
            Json::from_text(&serde_json::to_string_pretty(&value).unwrap()).unwrap()
        }),
        1 => Just(Json::from_text("[1.0, 1e300, 123456789012345678901234567890 ]").unwrap()),
        1 => Just(Json::from_text("{\"b\": 1, \"a\": 2, \"a\": 3}").unwrap()),
    ]
    .prop_filter("a body that is null is written as none", |json| !json.is_null())
}
