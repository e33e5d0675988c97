//! The objects that are answered.

use popkit_protocol::text::clean;
use serde_json::{Value, json};

use super::event::Event;

/// Bytes of a reason.
const REASON: usize = 1000;

/// The call must not be made.
pub(super) fn deny(reason: &str) -> String {
    decision("deny", reason)
}

/// A person is to be asked.
pub(super) fn ask(reason: &str) -> String {
    decision("ask", reason)
}

fn decision(word: &str, reason: &str) -> String {
    object(&json!({
        "hookEventName": Event::PreToolUse.name(),
        "permissionDecision": word,
        "permissionDecisionReason": clean(reason, REASON),
    }))
}

/// Something for the model to know. There is no decision in it: to leave it out is to allow.
pub(super) fn context(event: Event, text: &str) -> String {
    object(&json!({ "hookEventName": event.name(), "additionalContext": text }))
}

fn object(specific: &Value) -> String {
    json!({ "hookSpecificOutput": specific }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p11_what_is_told_stands_where_the_model_sees_it_and_decides_nothing() {
        let answer: Value = serde_json::from_str(&context(Event::PostToolUse, "a\nb")).unwrap();
        let expected = json!({"hookSpecificOutput":
            {"hookEventName": "PostToolUse", "additionalContext": "a\nb"}});
        assert_eq!(answer, expected);
    }

    #[test]
    fn a_decision_is_a_denial_or_a_question_and_never_a_permission() {
        for (text, word) in [(deny("no\u{1b}[2J"), "deny"), (ask("no"), "ask")] {
            let answer: Value = serde_json::from_str(&text).unwrap();
            let specific = &answer["hookSpecificOutput"];
            assert_eq!(specific["permissionDecision"], word);
            assert_eq!(specific["permissionDecisionReason"], "no");
            assert_eq!((answer.as_object().unwrap().len(), text.lines().count()), (1, 1));
        }
    }
}
