//! `insights.json`.

use std::fs;

use popkit_coordinator::native::files::{FileError, FileInsight, InsightsFile};
use popkit_protocol::{AgentId, Insight, InsightKind, ManualClock, Party, SequentialIds};
use popkit_protocol::{Clock as _, IdSource as _};
use popkit_testkit::{Scratch, scratch};
use serde_json::json;

use super::{at, insight, json, names};

const CODE: &str = r#"[
  {"id": "a1b2", "source_agent": "code-explorer", "phase": "explore", "type": "warning",
   "content": "tokens never expire", "tags": ["auth", "jwt"],
   "timestamp": "2026-01-01T00:00:05.000001"}
]"#;
const DOCUMENTS: &str = r#"{"insights": [
  {"agent": "code-explorer", "content": "tokens never expire", "tags": ["auth"], "phase": 1}
]}"#;

fn with(content: &str) -> (Scratch, InsightsFile) {
    let folder = scratch();
    let file = InsightsFile::new(folder.join("insights.json"));
    fs::write(file.path(), content).unwrap();
    (folder, file)
}

#[test]
fn both_documented_forms_are_read() {
    let (_folder, file) = with(CODE);
    let mut wanted = FileInsight::new("code-explorer", "tokens never expire");
    wanted.id = Some("a1b2".to_owned());
    wanted.phase = Some("explore".to_owned());
    wanted.kind = InsightKind::Warning;
    wanted.tags = vec!["auth".to_owned(), "jwt".to_owned()];
    wanted.timestamp = Some("2026-01-01T00:00:05.000001Z".parse().unwrap());
    assert_eq!(file.read().unwrap(), [wanted]);

    let (_folder, file) = with(DOCUMENTS);
    let found = file.read().unwrap();
    assert_eq!(
        (found[0].agent.as_str(), found[0].content.as_str()),
        ("code-explorer", "tokens never expire")
    );
    assert_eq!((found[0].phase.as_deref(), found[0].timestamp), (Some("1"), None));
    assert_eq!(found[0].kind, InsightKind::Discovery);
}

#[test]
fn no_file_is_no_insights_and_the_folder_is_made() {
    let folder = scratch();
    let file = InsightsFile::new(folder.join(".claude/popkit/insights.json"));
    assert!(file.read().unwrap().is_empty());
    assert_eq!(file.merge(&[insight(1)]).unwrap().added, 1);
    assert_eq!(file.read().unwrap(), [insight(1)]);
    assert_eq!(names(file.path().parent().unwrap()), ["insights.json"]);
}

#[test]
fn it_is_written_in_the_form_of_the_code() {
    let (_folder, file) = with("[]");
    file.merge(&[insight(1)]).unwrap();
    let wanted = json!([{
        "id": "i-1", "source_agent": "agent-1", "phase": "explore", "type": "discovery",
        "content": "finding 1", "tags": ["auth"],
        "timestamp": "2026-01-01T00:00:01.000000+00:00",
    }]);
    assert_eq!(json(file.path()), wanted);
}

/// The originals ask for all seven keys, and break where one is missing.
#[test]
fn entries_in_the_form_of_the_documents_become_those_of_the_code() {
    let (_folder, file) = with(DOCUMENTS);
    file.merge(&[insight(1)]).unwrap();
    let content = json(file.path());
    for entry in content.as_array().unwrap() {
        for key in ["id", "source_agent", "phase", "type", "content", "tags", "timestamp"] {
            assert!(entry.get(key).is_some(), "{key} is missing in {entry}");
        }
    }
    assert_eq!(content[0]["agent"], "code-explorer", "its own keys stay");
    let before = fs::read(file.path()).unwrap();
    let mut again = FileInsight::new("code-explorer", "tokens never expire ");
    again.timestamp = Some(at(9));
    assert_eq!(file.merge(&[again]).unwrap().added, 0, "it is there under an id of its own");
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[test]
fn what_others_wrote_stays() {
    let foreign = r#"{"version": 12345678901234567890123, "insights": [
        "a note", {"id": "x", "huge": 1.000000000000000000001}, 7,
        {"id": "y", "source_agent": "b", "phase": "p", "type": "odd", "content": "c", "tags": [],
         "timestamp": "?", "relevance": 0.5}]}"#;
    let (_folder, file) = with(foreign);
    file.merge(&[insight(1)]).unwrap();
    let text = fs::read_to_string(file.path()).unwrap();
    for kept in ["12345678901234567890123", "\"a note\"", "1.000000000000000000001", "0.5", "i-1"] {
        assert!(text.contains(kept), "{kept} is lost: {text}");
    }
    let known: Vec<_> = file.read().unwrap().into_iter().map(|it| it.id.unwrap()).collect();
    assert_eq!(known, ["y", "i-1"]);
}

#[test]
fn each_is_there_once_and_the_newest_stay() {
    let (_folder, file) = with(CODE);
    let file = file.with_most(3);
    let all: Vec<_> = [7, 2, 9, 7].map(insight).into();
    let merged = file.merge(&all).unwrap();
    assert_eq!((merged.added, merged.dropped), (3, 1));
    let ids = |file: &InsightsFile| -> Vec<String> {
        file.read().unwrap().into_iter().map(|it| it.id.unwrap()).collect()
    };
    assert_eq!(ids(&file), ["a1b2", "i-7", "i-9"], "by time, the oldest gave way");
    let before = fs::read(file.path()).unwrap();
    file.merge(&all).unwrap();
    assert_eq!(fs::read(file.path()).unwrap(), before, "the same again changes nothing");

    let many: Vec<_> = (0..250).map(insight).collect();
    let file = InsightsFile::new(file.path());
    file.merge(&many).unwrap();
    let left = ids(&file);
    assert_eq!((left.len(), left[0].as_str(), left[99].as_str()), (100, "i-150", "i-249"));
}

#[test]
fn every_sort_of_insight_survives() {
    let (_folder, file) = with("[]");
    let (ids, clock) = (SequentialIds::default(), ManualClock::default());
    let from = Party::Agent(AgentId::new("finder").unwrap());
    let other: InsightKind = "rumour".parse().unwrap();
    let kinds: Vec<InsightKind> = InsightKind::KNOWN.iter().cloned().chain([other]).collect();
    let all: Vec<FileInsight> = kinds
        .iter()
        .map(|kind| Insight::new(&ids, clock.now(), from.clone(), kind.clone(), kind.name()))
        .map(|insight| FileInsight::of(&insight, Some("explore")))
        .collect();
    file.merge(&all).unwrap();
    assert_eq!(file.read().unwrap(), all);
    for entry in json(file.path()).as_array().unwrap() {
        let word = entry["type"].as_str().unwrap();
        assert!(["discovery", "warning", "recommendation"].contains(&word), "{entry}");
    }
    assert!(!ids.message_id().to_string().is_empty());
}

#[test]
fn an_unreadable_file_is_told_and_moved_aside_never_overwritten() {
    for (bad, reason) in [
        ("[{\"id\": ", "it is no JSON"),
        ("", "it is no JSON"),
        ("7", "neither a list nor an object"),
        ("{\"insights\": 3}", "neither a list nor an object"),
        ("\u{0}\u{0}", "it is no JSON"),
    ] {
        let (folder, file) = with(bad);
        let refused = file.read().unwrap_err();
        assert!(matches!(refused, FileError::Unreadable { .. }), "{refused:?}");
        let shown = refused.to_string();
        assert!(shown.contains(reason) && !shown.contains('\n'), "{shown}");
        assert_eq!(fs::read_to_string(file.path()).unwrap(), bad, "reading changes nothing");

        let aside = file.merge(&[insight(1)]).unwrap().moved_aside.unwrap();
        assert_eq!(aside, folder.join("insights.json.unreadable-1"));
        assert_eq!(fs::read_to_string(aside).unwrap(), bad);
        assert_eq!(file.read().unwrap(), [insight(1)]);

        fs::write(file.path(), "worse").unwrap();
        let aside = file.merge(&[insight(2)]).unwrap().moved_aside.unwrap();
        assert_eq!(aside, folder.join("insights.json.unreadable-2"), "the first one stays");
    }
}

#[test]
fn a_file_that_is_too_large_is_unreadable() {
    let (_folder, file) = with(&format!("[\"{}\"]", "x".repeat(9 * 1024 * 1024)));
    let shown = file.read().unwrap_err().to_string();
    assert!(shown.contains("larger than 8 MiB"), "{shown}");
}
