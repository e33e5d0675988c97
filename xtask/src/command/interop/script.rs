//! Running a script and reading what it says.

use std::path::Path;
use std::process::{Command, Stdio};

use super::double::Place;
use super::part::Outcome;
use crate::fault::Fault;
use crate::step;

/// Runs a script against the service at `place`.
pub(super) fn run(
    interpreter: &Path,
    path: &Path,
    argument: Option<&str>,
    place: &Place,
) -> Result<Outcome, Fault> {
    let mut command = Command::new(interpreter);
    command.arg(path).args(argument).stdin(Stdio::null());
    command.env("UPSTASH_REDIS_REST_URL", &place.url).env("UPSTASH_REDIS_REST_TOKEN", &place.token);
    // The double is on this machine.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    // Its tracebacks are for who mends it.
    command.stderr(Stdio::inherit());
    let output = command.output().map_err(|error| {
        step::unstartable(&path.file_name().unwrap_or_default().to_string_lossy(), &error)
    })?;
    Ok(read(&String::from_utf8_lossy(&output.stdout), output.status.success()))
}

/// Reads `ok NAME` and `FAIL NAME: reason`; a script that fails without saying why has failed, too.
fn read(stdout: &str, success: bool) -> Outcome {
    let mut outcome = Outcome::default();
    for line in stdout.lines() {
        if let Some(name) = line.strip_prefix("ok ") {
            outcome.passed.push(name.to_owned());
        } else if let Some(text) = line.strip_prefix("FAIL ") {
            let (name, reason) = text.split_once(": ").unwrap_or((text, ""));
            outcome.failed.push((name.to_owned(), reason.to_owned()));
        }
    }
    if success != outcome.failed.is_empty() {
        let reason = format!("the exit status of the script says otherwise: success is {success}");
        outcome.failed.push(("the script".to_owned(), reason));
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_how_checks_went() {
        let outcome = read("ok get\nnoise\nFAIL set: no: such key\n", false);
        assert_eq!(outcome.passed, ["get"]);
        assert_eq!(outcome.failed, [("set".to_owned(), "no: such key".to_owned())]);
        assert!(outcome.has_failed("set") && !outcome.is_good());
    }

    #[test]
    fn a_script_that_breaks_off_has_failed() {
        assert!(read("ok get\n", true).is_good());
        assert!(read("ok get\n", false).has_failed("the script"));
        assert!(!read("", true).is_good());
    }
}
