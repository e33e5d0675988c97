//! Running one step: say what runs, run it, say how long it took.

use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::fault::Fault;
use crate::stopwatch::Stopwatch;

/// Runs `work` under a heading, and prints how it ended and how long it took.
pub(crate) fn timed(name: &str, work: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
    let watch = Stopwatch::start();
    println!("== {name}");
    let outcome = work();
    let verdict = if outcome.is_ok() { "ok" } else { "failed" };
    println!("== {name}: {verdict} in {}", seconds(watch.elapsed()));
    outcome
}

/// Prints a command, runs it with this program's own output, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<(), Fault> {
    let line = announce(command);
    match command.status() {
        Ok(status) => judge(&line, status),
        Err(error) => Err(unstartable(&line, &error)),
    }
}

/// Prints a command line and returns it.
pub(crate) fn announce(command: &Command) -> String {
    let line = describe(command);
    println!("   {line}");
    line
}

/// A failure when the exit status tells of one.
pub(crate) fn judge(line: &str, status: ExitStatus) -> Result<(), Fault> {
    if status.success() {
        return Ok(());
    }
    Err(Fault::new(format!("`{line}` failed ({status})"), "mend what its output above says"))
}

/// The failure of a command that could not be started.
pub(crate) fn unstartable(line: &str, error: &std::io::Error) -> Fault {
    Fault::new(format!("`{line}` does not start ({error})"), "install the program or mend PATH")
}

/// Seconds with one digit, for people.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// The command line without the program's folder.
fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_names_no_folder() {
        let mut command = Command::new("/opt/tools/bin/cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(describe(&command), "cargo fmt --all");
    }

    #[test]
    fn a_program_that_is_not_there_is_a_fault() {
        let fault = run(&mut Command::new("popkit-no-such-program")).unwrap_err();
        assert!(fault.to_string().starts_with("`popkit-no-such-program` does not start"));
    }

    #[test]
    fn a_failing_program_is_a_fault() {
        let fault = run(&mut crate::workspace::cargo(["popkit-no-such-subcommand"])).unwrap_err();
        assert!(fault.to_string().starts_with("`cargo popkit-no-such-subcommand` failed ("));
    }

    #[test]
    fn times_have_one_digit() {
        assert_eq!(seconds(Duration::from_millis(1250)), "1.2 s");
    }
}
