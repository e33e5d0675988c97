//! No input panics, and what is accepted can be written again.

use popkit_protocol::compat::python::Python;
use popkit_protocol::compat::spine::{Spine, SpineEnvelope};
use popkit_protocol::session::{
    AgentState, Approval, Boundary, CompletedSession, Insight, Objective, Orphan, Pattern,
};
use popkit_protocol::{Codec, Envelope, Json, Object};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::fixtures;
use crate::decoders::graft;
use crate::strategies::value;

/// The decoders' answers do not matter, unless one accepts.
fn read_all(bytes: &[u8]) -> TestCaseResult {
    let codec = Codec::default();
    if let Ok(envelope) = codec.decode(bytes) {
        let again = codec.encode(&envelope).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(codec.decode(&again), Ok(envelope));
    }
    if let Ok(envelope) = Python::default().decode(bytes) {
        prop_assert!(Python::default().encode(&envelope).is_ok());
        prop_assert_eq!(codec.decode(bytes), Ok(envelope));
    }
    if let Ok(envelope) = Spine::default().decode(bytes) {
        let again = Spine::default().encode(&envelope).unwrap();
        prop_assert_eq!(Spine::default().decode(&again), Ok::<SpineEnvelope, _>(envelope));
    }
    let _ = codec.decode_control(bytes);
    let _ = serde_json::from_slice::<Envelope>(bytes);
    let _ = serde_json::from_slice::<Object>(bytes);
    if let Ok(json) = serde_json::from_slice::<Json>(bytes) {
        let _ = codec.from_json::<AgentState>(&json);
        let _ = codec.from_json::<Approval>(&json);
        let _ = codec.from_json::<Boundary>(&json);
        let _ = codec.from_json::<CompletedSession>(&json);
        let _ = codec.from_json::<Insight>(&json);
        let _ = codec.from_json::<Objective>(&json);
        let _ = codec.from_json::<Orphan>(&json);
        let _ = Python::default().from_json::<Pattern>(&json);
        let _ = Object::new(&json);
    }
    Ok(())
}

fn fixture() -> impl Strategy<Value = String> {
    let texts: Vec<String> = fixtures::all().into_iter().map(|(_, text)| text).collect();
    prop::sample::select(texts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        read_all(&bytes)?;
    }

    #[test]
    fn arbitrary_json(value in value()) {
        read_all(value.to_string().as_bytes())?;
    }

    #[test]
    fn messages_with_another_value_somewhere(
        text in fixture(), nth in 0..40_usize, value in value(),
    ) {
        let mut tree: serde_json::Value = text.parse().unwrap();
        graft(&mut tree, &mut { nth }, &value);
        read_all(tree.to_string().as_bytes())?;
    }

    #[test]
    fn messages_with_a_part_of_another_message_somewhere(
        text in fixture(), other in fixture(), nth in 0..40_usize,
    ) {
        let mut tree: serde_json::Value = text.parse().unwrap();
        let other: serde_json::Value = other.parse().unwrap();
        graft(&mut tree, &mut { nth }, &other["payload"]);
        tree["type"] = other["type"].clone();
        read_all(tree.to_string().as_bytes())?;
    }

    #[test]
    fn messages_with_other_bytes(
        text in fixture(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        hole in 0..9_usize,
    ) {
        let mut bytes = text.into_bytes();
        let from = at.index(bytes.len());
        bytes[from] = byte;
        read_all(&bytes)?;
        bytes.drain(from..bytes.len().min(from + hole));
        read_all(&bytes)?;
    }
}

#[test]
fn deep_nesting_is_no_stack_overflow() {
    for open in ["[", "{\"a\":", "{\"payload\":[", "{\"payload\":{\"agent\":"] {
        assert!(read_all(open.repeat(100_000).as_bytes()).is_ok());
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (_, text) in fixtures::all() {
        let text = text.replacen("\"payload\": {", &format!("\"payload\": {{\"x\": {deep}, "), 1);
        assert!(Codec::default().decode(text.as_bytes()).is_err());
        assert!(read_all(text.as_bytes()).is_ok());
    }
}
