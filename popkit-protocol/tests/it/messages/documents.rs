//! What stands alone is written and read too.

use std::fmt::Debug;

use popkit_protocol::compat::python::Python;
use popkit_protocol::session::{CompletedSession, Orphan};
use popkit_protocol::{Codec, Insight, Json, Object, Shape, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::strategies::{
    agent_state, approval, boundary, completed, insight, object, objective, orphan, pattern,
    plain_json,
};

fn survives<T>(value: &T) -> TestCaseResult
where
    T: Shape + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let codec = Codec::default();
    let json = codec.to_json(value).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert_eq!(&codec.from_json::<T>(&json).unwrap(), value, "{}", json);
    let text = serde_json::to_string(value).unwrap();
    prop_assert_eq!(text.as_str(), json.as_str(), "serde's form is the native one");
    prop_assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
    if let Ok(json) = Python::default().to_json(value) {
        prop_assert!(json.as_str().is_ascii());
        prop_assert_eq!(&Python::default().from_json::<T>(&json).unwrap(), value, "{}", json);
        prop_assert_eq!(&codec.from_json::<T>(&json).unwrap(), value, "{}", json);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_document_survives_both_forms(
        state in agent_state(), insight in insight(), orphan in orphan(), boundary in boundary(),
        objective in objective(), pattern in pattern(), completed in completed(),
        approval in approval(),
    ) {
        survives(&state)?;
        survives(&insight)?;
        survives(&orphan)?;
        survives(&boundary)?;
        survives(&objective)?;
        survives(&pattern)?;
        survives(&completed)?;
        survives(&approval)?;
    }

    #[test]
    fn objects_keep_all_they_have(object in object(), key in "[a-z]{1,4}", value in plain_json()) {
        prop_assert_eq!(&Object::new(object.as_json()).unwrap(), &object);
        let text = serde_json::to_string(&object).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Object>(&text).unwrap(), &object);
        let with = object.clone().with(&key, &value).unwrap();
        prop_assert_eq!(with.get::<Json>(&key), Some(value));
        let others = |object: &Object| {
            let keys = object.keys().into_iter().filter(|name| *name != key);
            keys.map(|name| (object.get::<Json>(&name), name)).collect::<Vec<_>>()
        };
        prop_assert_eq!(others(&with), others(&object));
    }
}

/// An entry of the list that the hook of the originals writes, in its own local time.
#[test]
fn entries_of_the_originals_are_read_in_their_local_time() {
    let entry = Json::from_text(
        r#"{"id": "9f8e7d6c", "type": "blocker", "content": "x", "relevance_tags": ["a"],
            "confidence": 0.7, "timestamp": "2026-11-20T23:06:03", "from_agent": "agent-1"}"#,
    );
    let codec = Codec::default().with_local_offset(3600).unwrap();
    let insight: Insight = codec.from_json(&entry.unwrap()).unwrap();
    assert_eq!(insight.timestamp, "2026-11-20T22:06:03Z".parse::<Timestamp>().unwrap());
}

#[test]
fn documents_have_the_keys_of_the_documentation() {
    let keys = |json: Json| Object::new(&json).unwrap().keys();
    let objective =
        popkit_protocol::Objective::new(&popkit_protocol::RandomIds, Timestamp::EPOCH, "x");
    let session = CompletedSession::new(objective, Timestamp::EPOCH);
    assert_eq!(
        keys(Python::default().to_json(&session).unwrap()),
        [
            "objective",
            "phases_completed",
            "results_by_phase",
            "patterns_learned",
            "insights_shared",
            "violations",
            "completed_at",
        ]
    );
    let agent = popkit_protocol::AgentId::new("a").unwrap();
    let orphan = Orphan::new(agent, "a", Json::null(), Timestamp::EPOCH);
    assert_eq!(
        keys(Python::default().to_json(&orphan).unwrap()),
        ["original_agent", "original_agent_name", "task", "progress", "context", "created_at",]
    );
}
