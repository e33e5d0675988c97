//! Insights out of tool calls.

use popkit_protocol::{Json, Object};

use super::*;

fn call(tool: &str, input: (&str, &str), response: &str) -> Observed {
    let input = Object::default().with(input.0, input.1).unwrap();
    let response = Json::from_text(response).unwrap();
    Observed::new(tool, input).with_response(response).with_root("/w/app")
}

fn bash(response: &str) -> Option<Found> {
    extract(&call("Bash", ("command", "make"), response))
}

#[test]
fn p10_insights_come_from_the_answer_be_it_an_object_or_a_text() {
    for response in [
        r#"{"stdout":"building\nfound the parser in src/parser/mod.rs\n","stderr":""}"#,
        r#""found the parser in src/parser/mod.rs""#,
        r#"[{"type":"text","text":"found the parser in src/parser/mod.rs"}]"#,
    ] {
        let found = bash(response).unwrap();
        assert_eq!(found.kind, InsightKind::Discovery);
        assert_eq!(found.content, "found the parser in src/parser/mod.rs");
        assert_eq!(
            (found.tags, found.confidence),
            (["src", "parser", "mod"].map(String::from).into(), 0.8)
        );
    }
    for response in ["null", "7", "{}", r#"{"interrupted":false}"#] {
        assert_eq!(bash(response), None, "{response}");
    }
}

#[test]
fn words_say_what_sort_it_is() {
    for (line, kind) in [
        ("error: x found", Some(InsightKind::Blocker)),
        ("Permission denied", Some(InsightKind::Blocker)),
        ("it failed", Some(InsightKind::Blocker)),
        ("the file exists", Some(InsightKind::Discovery)),
        ("file not found", None),
        ("it doesn't exist, isn't located", None),
        ("we are using tabs", Some(InsightKind::Pattern)),
        ("the convention is tabs", Some(InsightKind::Pattern)),
        ("housing, errorless, founder", None),
        ("all good", None),
    ] {
        let found = bash(&serde_json::to_string(line).unwrap());
        assert_eq!(found.map(|found| found.kind), kind, "{line}");
    }
}

#[test]
fn else_a_path_tells_where_tests_and_settings_are() {
    for (path, content) in [
        ("/w/app/tests/it/main.rs", Some("tests: tests/it/main.rs")),
        ("/w/app/Config/app.toml", Some("configuration: Config/app.toml")),
        ("/w/app/src/a.rs", None),
    ] {
        let found = extract(&call("Read", ("file_path", path), "{}"));
        assert_eq!(found.as_ref().map(|found| found.content.as_str()), content, "{path}");
        assert!(found.is_none_or(|found| found.confidence == 0.7));
    }
}

#[test]
fn what_a_file_holds_is_not_told() {
    let response = r#"{"file":{"content":"// error: cannot be found, by convention"}}"#;
    assert_eq!(extract(&call("Read", ("file_path", "/w/app/src/a.rs"), response)), None);
    assert_eq!(bash(r#""found PASSWORD=hunter2""#), None);
    assert_eq!(bash(r#""error: bad api_key abc""#), None);
    let found = bash(r#""error: bad api_key abc\nerror: no network""#).unwrap();
    assert_eq!(found.content, "error: no network");
}

#[test]
fn what_is_told_is_short_and_safe() {
    let long = format!("\u{1b}[31merror\u{1b}[0m {}", "x".repeat(10_000));
    let found = bash(&serde_json::to_string(&long).unwrap()).unwrap();
    assert!(found.content.len() <= CONTENT && found.content.starts_with("error x"));
    let deep = format!("{}\"error\"{}", "[".repeat(40), "]".repeat(40));
    assert_eq!(bash(&deep), None, "what lies so deep is nobody's message");
}
