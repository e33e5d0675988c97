//! Checks that are commands.

use std::future::pending;
use std::time::Duration;

use popkit_protocol::{limits, text};

use super::project::{Answer, Checks};
use crate::process::{ChildSpec, Exit, Finished, ProcessError};

/// How long a command has to end when it is stopped.
const GRACE: Duration = Duration::from_secs(1);
/// How many lines of what it printed are shown.
const LINES: usize = 5;

/// The command that a criterion is, where it is one.
pub(super) fn of(text: &str) -> Option<&str> {
    let text = text.trim();
    let behind_dollar = text.strip_prefix('$').filter(|rest| rest.starts_with(char::is_whitespace));
    let word = "command:";
    let behind_word = || {
        let (head, rest) = text.split_at_checked(word.len())?;
        head.eq_ignore_ascii_case(word).then_some(rest)
    };
    behind_dollar.or_else(behind_word).map(str::trim).filter(|command| !command.is_empty())
}

pub(super) async fn run(checks: &Checks, command: &str) -> Answer {
    match start(checks, command).await {
        Ok(finished) if finished.exit.success() => Answer::met(),
        Ok(finished) => Answer::unmet(said(checks, &finished)),
        Err(error) => Answer::unknown(format!("the command cannot be run: {error}")),
    }
}

/// Runs a command of the shell in the project's folder.
pub(super) async fn start(checks: &Checks, command: &str) -> Result<Finished, ProcessError> {
    let mut spec = ChildSpec::new(["sh", "-c", command]);
    spec.dir = Some(checks.folder.clone());
    spec.env.clone_from(&checks.env);
    spec.timeout = Some(checks.timeout);
    spec.grace = GRACE;
    checks.runner.run(spec, pending()).await
}

/// How it ended, and the end of what it printed, in one line.
pub(super) fn said(checks: &Checks, finished: &Finished) -> String {
    let end = match finished.exit {
        Exit::TimedOut => format!("timed out after {} s", checks.timeout.as_secs()),
        exit => exit.to_string(),
    };
    let (stdout, stderr) = (finished.stdout.to_text(), finished.stderr.to_text());
    let printed = if stderr.trim().is_empty() { &stdout } else { &stderr };
    let printed = text::clean(printed, usize::MAX);
    let lines: Vec<&str> = printed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default().join(" / ");
    let last = limits::cut(&last, limits::NOTE_BYTES);
    if last.is_empty() { end } else { format!("{end}: {last}") }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_command_is_what_is_written_as_one() {
        assert_eq!(of("$ cargo test"), Some("cargo test"));
        assert_eq!(of("  $\tmake  "), Some("make"));
        assert_eq!(of("Command: ./run --all"), Some("./run --all"));
        assert_eq!(of("command:x"), Some("x"));
        for words in
            ["", "$", "$ ", "$100 are enough", "command:", "the command: x", "käse", "tests pass"]
        {
            assert_eq!(of(words), None, "{words}");
        }
    }
}
