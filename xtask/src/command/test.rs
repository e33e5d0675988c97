//! `cargo xtask test`: setup, then every test of the workspace, then one line that sums it up.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use super::setup;
use crate::fault::Fault;
use crate::parse::tally::Tally;
use crate::step;
use crate::tee;
use crate::workspace::cargo;

/// Runs all tests; the last line on stdout is `N passed, N failed`, whatever happened.
///
/// With `extra` arguments only the test runner runs, with them; doc tests know other arguments.
pub(crate) fn run(extra: &[OsString]) -> Result<ExitCode, Fault> {
    setup::run()?;
    let mut total = Tally::default();
    let outcome = run_all(extra, &mut total);
    if let Err(fault) = &outcome {
        eprintln!("error: {fault}");
    }
    println!("{total}");
    Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_all(extra: &[OsString], total: &mut Tally) -> Result<(), Fault> {
    step::timed("programs that tests start", || step::run(&mut programs()))?;
    let (tests, seen) = count("tests", &mut runner(setup::has_nextest(), extra));
    let Some(seen) = seen else {
        return tests;
    };
    total.add(seen);
    // Tests that fail do not keep the doc tests from running.
    let docs = if extra.is_empty() {
        let (docs, seen) = count("doc tests", &mut doc_tests());
        total.add(seen.unwrap_or_default());
        docs
    } else {
        println!("== doc tests: left out, since arguments choose what runs");
        Ok(())
    };
    tests.and(docs)?;
    if *total == Tally::default() {
        return Err(Fault::new("no test ran", "name tests that exist"));
    }
    Ok(())
}

/// Runs a test command and sums its closing lines; there are none when its build broke.
fn count(name: &str, command: &mut Command) -> (Result<(), Fault>, Option<Tally>) {
    let mut seen: Option<Tally> = None;
    let outcome = step::timed(name, || {
        let line = step::announce(command);
        let status = tee::run(command, |text| {
            if let Some(tally) = Tally::from_line(text) {
                seen.get_or_insert_default().add(tally);
            }
        })
        .map_err(|error| step::unstartable(&line, &error))?;
        step::judge(&line, status)?;
        match seen {
            Some(_) => Ok(()),
            None => Err(Fault::new(
                format!("`{line}` printed no closing line"),
                "teach xtask/src/parse/tally.rs its new form",
            )),
        }
    });
    (outcome, seen)
}

/// Builds the programs that tests start as child processes; this program itself runs and stays.
fn programs() -> Command {
    cargo(["build", "--workspace", "--exclude", "xtask", "--all-features", "--bins"])
}

/// The test runner; benches are programs of their own and are not tests.
fn runner(nextest: bool, extra: &[OsString]) -> Command {
    let mut command = if nextest {
        cargo(["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"])
    } else {
        cargo(["test", "--workspace", "--all-features", "--no-fail-fast", "--tests"])
    };
    command.args(extra).env("CARGO_TERM_COLOR", "never");
    command
}

fn doc_tests() -> Command {
    let mut command = cargo(["test", "--workspace", "--all-features", "--no-fail-fast", "--doc"]);
    command.env("CARGO_TERM_COLOR", "never");
    command
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn counted(script: &str) -> (Result<(), Fault>, Option<Tally>) {
        count("a script", Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn closing_lines_of_both_streams_are_summed() {
        let script = "echo 'Summary [ 1s] 2 tests run: 2 passed, 0 skipped' >&2
                      echo 'test result: ok. 3 passed; 0 failed; 0 ignored'";
        assert_eq!(counted(script), (Ok(()), Some(Tally { passed: 5, failed: 0 })));
    }

    #[test]
    fn failed_tests_are_counted_and_told() {
        let (outcome, seen) =
            counted("echo 'test result: FAILED. 3 passed; 2 failed; 0 ignored'; exit 101");
        let fault = outcome.unwrap_err();
        assert!(fault.to_string().contains("exit status: 101"), "{fault}");
        assert_eq!(seen, Some(Tally { passed: 3, failed: 2 }));
    }

    #[test]
    fn a_broken_build_has_no_count() {
        let (outcome, seen) = counted("exit 101");
        assert!(outcome.is_err());
        assert_eq!(seen, None);
    }

    #[test]
    fn silence_is_not_success() {
        let fault = counted("echo all well").0.unwrap_err();
        assert!(fault.to_string().contains("printed no closing line"), "{fault}");
    }

    #[test]
    fn no_runner_runs_benches() {
        for nextest in [true, false] {
            let command = runner(nextest, &["claim".into()]);
            let args: Vec<_> = command.get_args().collect();
            assert!(!args.iter().any(|arg| *arg == "--benches" || *arg == "--all-targets"));
            assert_eq!(args.last().and_then(|arg| arg.to_str()), Some("claim"));
        }
    }
}
