//! Whether what stands in the settings makes Claude Code run the hook, and heed it.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::settings;
use crate::command::hook::DEADLINE;
use crate::error::CliError;

/// The tools that are guarded.
const TOOLS: [&str; 5] = ["Write", "Edit", "NotebookEdit", "Bash", "PowerShell"];

/// That hooks are run at all.
///
/// # Errors
///
/// Where the settings of the project, or those of this user in it, turn all hooks off.
pub(super) fn ensure_on(root: &Path) -> Result<(), CliError> {
    let file = settings::file(root);
    for file in [file.with_file_name("settings.local.json"), file] {
        let Some(all) = settings::read(&file)? else { continue };
        if all.get("disableAllHooks").is_some_and(|is_off| is_off != &Value::Bool(false)) {
            let what = "disableAllHooks turns all hooks off, the guard too; take it out";
            return Err(CliError::failed(what).at(file.display()));
        }
    }
    Ok(())
}

/// What is wrong with the hook in this group, in words.
pub(super) fn fault(group: &Value, hook: &Value) -> Option<String> {
    let matcher = group.get("matcher").and_then(Value::as_str).unwrap_or_default();
    if let Some(tool) = TOOLS.into_iter().find(|tool| !takes(matcher, tool)) {
        return Some(format!("its matcher {matcher:?} does not name {tool}"));
    }
    if hook.get("type").and_then(Value::as_str) != Some("command") {
        return Some("its type is not \"command\"".to_owned());
    }
    for key in ["async", "asyncRewake"] {
        if hook.get(key).is_some_and(|is_so| is_so != &Value::Bool(false)) {
            return Some(format!("with {key} nobody waits for its verdict"));
        }
    }
    let seconds = hook.get("timeout")?;
    let limit = seconds.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let is_late = limit.is_none_or(|limit| limit <= DEADLINE);
    is_late
        .then(|| format!("its timeout of {seconds} s is no longer than its deadline, {DEADLINE:?}"))
}

/// Whether a matcher takes a tool. Of a regular expression only the plainest is understood.
fn takes(matcher: &str, tool: &str) -> bool {
    matches!(matcher, "" | "*" | ".*") || matcher.split('|').any(|name| name.trim() == tool)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(matcher: &Value, more: &Value) -> Option<String> {
        let mut hook = json!({"type": "command", "command": "popkit"});
        hook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fault(&json!({"matcher": matcher}), &hook)
    }

    #[test]
    fn a_hook_that_guards_too_little_or_too_late_is_at_fault() {
        let all = json!("Write|Edit|NotebookEdit|Bash|PowerShell");
        for (matcher, more) in [
            (&json!(null), json!({})),
            (&json!("*"), json!({"timeout": 10})),
            (&all, json!({"timeout": 5.1, "async": false})),
        ] {
            assert_eq!(of(matcher, &more), None);
        }
        for (matcher, more, word) in [
            (&json!("Write|Edit"), json!({}), "NotebookEdit"),
            (&json!("Bash"), json!({}), "matcher"),
            (&all, json!({"async": true}), "async"),
            (&all, json!({"timeout": 5}), "timeout"),
            (&all, json!({"timeout": "10"}), "timeout"),
            (&all, json!({"type": "prompt"}), "type"),
        ] {
            let fault = of(matcher, &more).unwrap();
            assert!(fault.contains(word), "{fault}");
        }
    }
}
