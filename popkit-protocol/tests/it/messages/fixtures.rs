//! Messages as the originals write them, one a line, by family.

use std::collections::BTreeSet;
use std::path::Path;

use popkit_protocol::compat::python::Python;
use popkit_protocol::{Codec, Envelope, MessageType, Topic};

use super::strict;

/// All of them, with the name of their file.
pub(super) fn all() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/messages/fixtures");
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut all = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        all.extend(text.lines().map(|line| (name.clone(), line.to_owned())));
    }
    all
}

pub(super) fn decoded(text: &str) -> Envelope {
    let envelope = Codec::default().decode(text.as_bytes());
    envelope.unwrap_or_else(|e| panic!("{e} in {text}"))
}

fn python(envelope: &Envelope) -> String {
    String::from_utf8(Python::default().encode(envelope).unwrap()).unwrap()
}

#[test]
fn there_is_one_of_each_type() {
    let found: BTreeSet<_> = all().iter().map(|(_, text)| decoded(text).message.kind()).collect();
    assert_eq!(found.len(), 25);
    assert!(MessageType::ALL.iter().all(|kind| found.contains(&Some(*kind))));
}

#[test]
fn every_one_is_written_again_to_the_byte() {
    for (file, text) in all() {
        strict::accepts(&text).unwrap_or_else(|e| panic!("{file}: {e} in {text}"));
        let envelope = decoded(&text);
        assert_eq!(python(&envelope), text, "{file}");
        assert_eq!(Python::default().decode(text.as_bytes()).unwrap(), envelope, "{file}");
    }
}

#[test]
fn every_one_survives_the_native_form() {
    for (file, text) in all() {
        let envelope = decoded(&text);
        let native = Codec::default().encode(&envelope).unwrap();
        let back = Codec::default().decode(&native).unwrap();
        assert_eq!(back, envelope, "{file}");
        assert_eq!(python(&back), text, "{file}");
        let text = String::from_utf8(native).unwrap();
        assert!(text.contains("+00:00\",\"requires_ack\":"), "{text}");
        let snapshot = serde_json::to_string(&vec![&envelope]).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Envelope>>(&snapshot).unwrap(), [envelope]);
    }
}

/// Lines that were recorded have the defaults of their types.
#[test]
fn every_one_has_the_defaults_of_its_type() {
    for (file, text) in all() {
        let envelope = decoded(&text);
        let name = envelope.message.name();
        assert_eq!(envelope.requires_ack, envelope.message.requires_ack(), "{file}: {name}");
        assert_eq!(envelope.ttl, envelope.message.ttl(), "{file}: {name}");
    }
}

#[test]
fn every_one_goes_on_the_channel_of_the_documentation() {
    for (_, text) in all() {
        let envelope = decoded(&text);
        let agent = || Topic::Agent(envelope.to.agent().cloned().unwrap());
        let expected = match envelope.message.name() {
            "TASK" | "DRIFT_ALERT" | "COURSE_CORRECT" | "QUERY" | "RESPONSE"
            | "EMBEDDING_RESULT" | "SIMILARITY_RESULT" => agent(),
            "RESULT" => Topic::Results,
            "HEARTBEAT" => Topic::Heartbeat,
            "SYNC" | "OBJECTIVE_UPDATE" | "AGENT_DOWN" | "TASK_ORPHANED" => Topic::Broadcast,
            "HUMAN_REQUIRED" => Topic::Human,
            "INSIGHT" => envelope.to.agent().cloned().map_or(Topic::Insights, Topic::Agent),
            "PROGRESS" if envelope.from.agent().is_none() => Topic::Broadcast,
            _ => Topic::Coordinator,
        };
        assert_eq!(envelope.topic(), expected, "{text}");
    }
}

#[test]
fn white_space_and_the_order_of_keys_mean_nothing() {
    for (_, text) in all() {
        // A map of serde_json sorts its keys.
        let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
        if text.contains("123456789012345678901234567890") {
            continue; // which this map would round
        }
        let sorted = format!("\n{}\n", serde_json::to_string_pretty(&tree).unwrap());
        let (one, other) = (decoded(&text), decoded(&sorted));
        assert_eq!((one.id, one.from, one.to), (other.id, other.from, other.to));
        assert_eq!(one.message.name(), other.message.name());
    }
}
