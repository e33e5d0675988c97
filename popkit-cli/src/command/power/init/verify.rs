//! Whether what is set up works.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::{say, set_up, settings};
use crate::context::Context;
use crate::error::CliError;
use crate::output::short;

/// The event whose hook may deny.
const EVENT: &str = "PreToolUse";
/// How long the hook may take: as long as its timeout in the settings.
const PATIENCE: Duration = Duration::from_secs(10);
/// Characters of what it says.
const SAID: usize = 200;

/// Runs the hook that is installed, once, with a call that it must deny: to write to the file in
/// which it is installed. Nothing is written.
///
/// # Errors
///
/// Where no hook is installed, it cannot be run, or it does not deny.
pub(super) async fn run(cx: &Context, root: &Path) -> Result<(), CliError> {
    let file = settings::file(root);
    let hook = installed(&file)?;
    set_up::ensure_on(root)?;
    let mut command = command(&hook);
    command.current_dir(root).env("CLAUDE_PROJECT_DIR", root);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let failed = |what: String| CliError::failed(what).at(file.display());
    let started = command.kill_on_drop(true).spawn();
    let mut child =
        started.map_err(|e| failed(format!("the hook of popkit does not start: {e}; {MEND}")))?;
    let call = json!({
        "hook_event_name": EVENT,
        "session_id": "popkit-power-init-verify",
        "cwd": root,
        "tool_name": "Write",
        "tool_input": { "file_path": file, "content": "{}" },
    });
    if let Some(mut stdin) = child.stdin.take() {
        // A hook that does not read denies or allows by what it says, as any other.
        let _ = stdin.write_all(call.to_string().as_bytes()).await;
    }
    let ended = timeout(PATIENCE, child.wait_with_output()).await;
    let Ok(ended) = ended else {
        return Err(failed(format!("the hook of popkit takes longer than {PATIENCE:?}; {MEND}")));
    };
    let ended = ended.map_err(|e| failed(format!("the hook of popkit: {e}")))?;
    if is_denial(ended.status.code(), &ended.stdout) {
        return say(cx, &file, "the hook denies what must be denied");
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let said = short(if said.trim().is_empty() { "nothing" } else { &said }, SAID);
    let status = ended.status;
    Err(failed(format!(
        "the hook of popkit did NOT deny a write to this file ({status}, it says {said}); {MEND}"
    )))
}

/// What to do about a hook.
const MEND: &str = "put it in anew: `popkit power init --hooks`";

/// The hook of popkit in the settings.
fn installed(file: &Path) -> Result<Value, CliError> {
    let all = settings::read(file)?.ok_or_else(|| none(file))?;
    let groups = all.get("hooks").and_then(|hooks| hooks.get(EVENT)).and_then(Value::as_array);
    let mut fault = None;
    for group in groups.into_iter().flatten() {
        let hooks = group.get("hooks").and_then(Value::as_array).into_iter().flatten();
        for hook in hooks.filter(|hook| settings::is_hook_of_popkit(hook, EVENT)) {
            match set_up::fault(group, hook) {
                None => return Ok(hook.clone()),
                Some(found) => fault = fault.or(Some(found)),
            }
        }
    }
    Err(fault.map_or_else(
        || none(file),
        |fault| {
            CliError::failed(format!(
                "the hook of popkit guards nothing, or not all: {fault}; {MEND}"
            ))
            .at(file.display())
        },
    ))
}

fn none(file: &Path) -> CliError {
    CliError::failed(format!(
        "no hook of popkit for {EVENT}; `popkit power init --hooks` puts it in"
    ))
    .at(file.display())
}

fn command(hook: &Value) -> Command {
    let program = hook.get("command").and_then(Value::as_str).unwrap_or_default();
    match hook.get("args").and_then(Value::as_array) {
        Some(args) => {
            let mut command = Command::new(program);
            command.args(args.iter().filter_map(Value::as_str));
            command
        }
        None => {
            let mut command = Command::new("sh");
            command.args(["-c", program]);
            command
        }
    }
}

/// Whether Claude Code would not make the call.
fn is_denial(code: Option<i32>, answer: &[u8]) -> bool {
    let answer: Option<Value> = serde_json::from_slice(answer).ok();
    let verdict = answer
        .as_ref()
        .and_then(|answer| answer.get("hookSpecificOutput")?.get("permissionDecision")?.as_str());
    code == Some(2) || (code == Some(0) && verdict == Some("deny"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_said_in_one_of_two_ways() {
        let deny = br#"{"hookSpecificOutput":{"permissionDecision":"deny"}}"#;
        let ask = br#"{"hookSpecificOutput":{"permissionDecision":"ask"}}"#;
        assert!(is_denial(Some(2), b"") && is_denial(Some(0), deny));
        for (code, answer) in [(Some(0), &ask[..]), (Some(0), b""), (Some(1), deny), (None, deny)] {
            assert!(!is_denial(code, answer), "{code:?}");
        }
    }
}
