//! Approaches that look like cheating, as the configuration words them.

use popkit_protocol::session::ViolationAction;
use popkit_protocol::text::clean;
use popkit_protocol::{Json, Object};
use serde_json::Value;

use super::boundary::Violation;
use super::call::ToolCall;
use crate::config::GuardrailsConfig;

/// Keys of what a call takes away, of where it does something, and of what it says of itself.
const OTHERS: [&str; 8] = [
    "old_string",
    "old_source",
    "file_path",
    "notebook_path",
    "path",
    "source",
    "destination",
    "description",
];
/// Bytes of a description, and of keywords.
const SHOWN: usize = 200;

/// What in the input of a call fits `guardrails.unconventional_patterns`, each pattern once: all
/// keywords of one in a single line of a command, of what is written, or of what another agent is
/// to do. A file may well have a word here and another there.
///
/// It is for the record and no objection: words prove nothing. Tools that only read say nothing.
#[must_use]
pub fn unconventional(
    config: &GuardrailsConfig,
    call: &ToolCall,
    input: &Object,
) -> Vec<Violation> {
    let mut found: Vec<Violation> = Vec::new();
    if call.only_reads() {
        return found;
    }
    let mut texts = Vec::new();
    for key in input.keys().iter().filter(|key| !OTHERS.contains(&key.as_str())) {
        let value: Option<Json> = input.get(key);
        collect(value.and_then(|json| json.decode().ok()).unwrap_or_default(), &mut texts);
    }
    for line in texts.iter().flat_map(|text| text.lines()) {
        for pattern in config.unconventional(line) {
            let description = clean(&pattern.description, SHOWN).replace('\n', " ");
            if found.iter().all(|other| other.description != description) {
                // The line itself may hold a secret.
                let words = clean(&pattern.keywords.join(", "), SHOWN).into_owned();
                let reason = format!("one line of a call of {} has {words}", call.tool());
                found.push(Violation { description, reason, action: ViolationAction::Alert });
            }
        }
    }
    found
}

/// The texts in a value.
fn collect(value: Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, texts)),
        Value::Object(pairs) => {
            let kept = pairs.into_iter().filter(|(key, _)| !OTHERS.contains(&key.as_str()));
            kept.for_each(|(_, item)| collect(item, texts));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn found(tool: &str, input: &str) -> Vec<String> {
        let input = Object::new(&Json::from_text(input).unwrap()).unwrap();
        let call = ToolCall::new(tool, &input, Path::new("/w"));
        let found = unconventional(&GuardrailsConfig::default(), &call, &input);
        found.into_iter().map(|violation| violation.description).collect()
    }

    #[test]
    fn all_words_of_a_pattern_stand_in_one_line() {
        let cheats = "deletes a test so that the tests pass";
        for (tool, input, expected) in [
            ("Bash", r#"{"command": "git rm t.rs # Delete the test, so all PASS"}"#, Some(cheats)),
            ("Write", r#"{"content": "delete\ntest\npass"}"#, None),
            ("Task", r#"{"prompt": "delete that test and we pass"}"#, Some(cheats)),
            ("Write", r#"{"file_path": "delete_test_pass.rs", "content": "x"}"#, None),
            ("Read", r#"{"file_path": "delete/test/pass"}"#, None),
            ("Edit", r#"{"old_string": "delete test pass", "new_string": "x"}"#, None),
            (
                "MultiEdit",
                r#"{"edits": [{"old_string": "x", "new_string": "// eslint-disable-next-line"}]}"#,
                Some("switches a rule of the linter off"),
            ),
        ] {
            let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(found(tool, input), expected, "{tool} {input}");
        }
    }

    #[test]
    fn each_pattern_is_told_once() {
        let input = r#"{"command": "skip validation\nskip validation, bypass auth"}"#;
        assert_eq!(found("Bash", input).len(), 2);
    }
}
