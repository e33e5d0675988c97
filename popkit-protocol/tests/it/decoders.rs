//! No input panics a decoder.

use popkit_protocol::compat::autonomous::TaskJson;
use popkit_protocol::task::Requirement;
use popkit_protocol::{
    Change, Json, Kinds, LaneKey, LeaseToken, NewTask, RetryPolicy, Task, TaskEvent, TaskMetrics,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;

use crate::strategies::{Life, life, value};

fn read<T: DeserializeOwned>(bytes: &[u8]) {
    let _ = serde_json::from_slice::<T>(bytes);
}

fn read_all(bytes: &[u8]) {
    read::<Change>(bytes);
    read::<Json>(bytes);
    read::<Kinds>(bytes);
    read::<LaneKey>(bytes);
    read::<LeaseToken>(bytes);
    read::<NewTask>(bytes);
    read::<Requirement>(bytes);
    read::<RetryPolicy>(bytes);
    read::<Task>(bytes);
    read::<TaskEvent>(bytes);
    read::<TaskMetrics>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Json::from_text(text);
        let _ = TaskJson::parse(text).and_then(TaskJson::into_import);
    }
}

/// The texts of a life: its events, its task, its foreign form.
fn texts(life: &Life) -> Vec<String> {
    let form = TaskJson::from_task(&life.task, &[]);
    let mut texts =
        vec![serde_json::to_string(&life.task).unwrap(), serde_json::to_string(&form).unwrap()];
    texts.extend(life.log.iter().map(|event| serde_json::to_string(event).unwrap()));
    texts
}

/// Puts `value` in the place of the `nth` value of the tree, counted from the top.
pub(crate) fn graft(tree: &mut serde_json::Value, nth: &mut usize, value: &serde_json::Value) {
    if *nth == 0 {
        tree.clone_from(value);
    }
    *nth = nth.wrapping_sub(1);
    match tree {
        serde_json::Value::Array(items) => items.iter_mut().for_each(|i| graft(i, nth, value)),
        serde_json::Value::Object(map) => map.values_mut().for_each(|v| graft(v, nth, value)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        read_all(&bytes);
    }

    #[test]
    fn arbitrary_json(value in value()) {
        read_all(value.to_string().as_bytes());
    }

    #[test]
    fn texts_with_another_value_somewhere(
        life in life(), at in any::<prop::sample::Index>(), nth in 0..40_usize, value in value(),
    ) {
        let texts = texts(&life);
        if let Ok(mut tree) = at.get::<String>(&texts).parse::<serde_json::Value>() {
            graft(&mut tree, &mut { nth }, &value);
            read_all(tree.to_string().as_bytes());
        }
    }

    #[test]
    fn texts_with_a_hole(
        life in life(), at in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(), len in 1..9_usize,
    ) {
        let mut bytes = at.get(&texts(&life)).clone().into_bytes();
        let from = from.index(bytes.len());
        let to = bytes.len().min(from + len);
        bytes.drain(from..to);
        read_all(&bytes);
    }
}

#[test]
fn deep_nesting_is_no_stack_overflow() {
    for open in ["[", "{\"a\":", "{\"change\":[", "{\"checkpoint_data\":"] {
        read_all(open.repeat(10_000).as_bytes());
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let form = format!(r#"{{"id":"a","created_at":"2026-01-01T00:00:00","result":{deep}}}"#);
    read_all(form.as_bytes());
}
