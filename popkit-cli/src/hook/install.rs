//! The configuration that makes Claude Code run popkit at its events.

use std::path::Path;

use serde_json::{Value, json};

/// Seconds that Claude Code waits for a hook. What takes longer is cancelled, and the tool call
/// goes on: the deadline of the hook itself is well below.
const TIMEOUT: u64 = 10;
/// The events, and for which tools.
const EVENTS: [(&str, Option<&str>); 6] = [
    ("PreToolUse", Some("Write|Edit|NotebookEdit|Bash|PowerShell")),
    ("PostToolUse", Some("*")),
    ("SessionStart", None),
    ("UserPromptSubmit", None),
    ("SubagentStop", None),
    ("SessionEnd", None),
];

/// The content of `hooks.json`, or of a settings file, by which this program runs. The program
/// is started directly, without a shell, so its path may hold anything. Timeouts are in
/// seconds.
pub(crate) fn configuration(program: &Path) -> String {
    let hooks = EVENTS.iter().map(|(event, matcher)| {
        let command = json!({
            "type": "command",
            "command": program.to_string_lossy(),
            "args": ["hook", event],
            "timeout": TIMEOUT,
        });
        let mut group = json!({ "hooks": [command] });
        if let (Some(group), Some(matcher)) = (group.as_object_mut(), matcher) {
            group.insert("matcher".to_owned(), json!(matcher));
        }
        ((*event).to_owned(), json!([group]))
    });
    let hooks: serde_json::Map<String, Value> = hooks.collect();
    let text = serde_json::to_string_pretty(&json!({ "hooks": hooks }));
    // Such a value always has a text.
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p13_timeouts_are_seconds() {
        let text = configuration(Path::new("/opt/pop kit/popkit"));
        let value: Value = serde_json::from_str(&text).unwrap();
        let hooks = value["hooks"].as_object().unwrap();
        assert_eq!(hooks.len(), EVENTS.len());
        for (event, groups) in hooks {
            let hook = &groups[0]["hooks"][0];
            assert_eq!(hook["timeout"], 10, "10 seconds, not 10,000");
            assert_eq!(hook["args"], json!(["hook", event]));
            assert_eq!(
                (&hook["type"], &hook["command"]),
                (&json!("command"), &json!("/opt/pop kit/popkit"))
            );
        }
        assert_eq!(hooks["PreToolUse"][0]["matcher"], "Write|Edit|NotebookEdit|Bash|PowerShell");
    }
}
