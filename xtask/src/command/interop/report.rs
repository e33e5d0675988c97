//! The table at the end.

use super::control::Control;
use super::part::{Outcome, Part};
use crate::fault::Fault;

/// What has been seen so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    passed: usize,
    failed: usize,
    verdict: &'static str,
    good: bool,
}

impl Report {
    /// A part, all of whose checks must pass.
    pub(super) fn part(&mut self, part: Part, outcome: &Outcome) {
        let good = outcome.is_good();
        for (check, reason) in &outcome.failed {
            println!("   FAIL {}: {check}: {reason}", part.name());
        }
        self.row(part.name(), outcome, if good { "pass" } else { "FAIL" }, good);
    }

    /// A broken double, one of whose checks must fail.
    pub(super) fn control(&mut self, control: Control, outcome: &Outcome) {
        let good = outcome.has_failed(control.check);
        let what = format!("{}: {}", control.broken, control.part.name());
        if !good {
            println!("   FAIL {what}: {} passes on a broken double", control.check);
        }
        self.row(what, outcome, if good { "noticed" } else { "NOT NOTICED" }, good);
    }

    fn row(&mut self, what: String, outcome: &Outcome, verdict: &'static str, good: bool) {
        let (passed, failed) = (outcome.passed.len(), outcome.failed.len());
        self.rows.push(Row { what, passed, failed, verdict, good });
    }

    /// Prints the table; a fault unless every row is as it must be.
    pub(super) fn finish(self) -> Result<(), Fault> {
        println!("{}", self.table());
        let bad = self.rows.iter().filter(|row| !row.good).count();
        if bad == 0 && !self.rows.is_empty() {
            return Ok(());
        }
        let wrong = format!("{bad} of {} rows are not as they must be", self.rows.len());
        Err(Fault::new(wrong, "mend the double, or the check that is wrong"))
    }

    fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
        let mut lines = vec![format!("{:width$}  passed  failed  verdict", "part")];
        for Row { what, passed, failed, verdict, .. } in &self.rows {
            lines.push(format!("{what:width$}  {passed:>6}  {failed:>6}  {verdict}"));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(passed: &[&str], failed: &[&str]) -> Outcome {
        Outcome {
            passed: passed.iter().map(|&name| name.to_owned()).collect(),
            failed: failed.iter().map(|&name| (name.to_owned(), String::new())).collect(),
        }
    }

    const CONTROL: Control =
        Control { broken: "any-token", part: Part::Curl("forms"), check: "a bad token" };

    #[test]
    fn all_is_well_where_parts_pass_and_breaks_are_noticed() {
        let mut report = Report::default();
        report.part(Part::Realtime, &outcome(&["subscribe"], &[]));
        report.control(CONTROL, &outcome(&["get"], &["a bad token"]));
        let expected = "part                    passed  failed  verdict\n\
                        npm @upstash/realtime        1       0  pass\n\
                        any-token: curl, forms       1       1  noticed";
        assert_eq!(report.table(), expected);
        assert_eq!(report.finish(), Ok(()));
    }

    #[test]
    fn a_break_that_only_other_checks_notice_is_not_noticed() {
        let mut report = Report::default();
        report.control(CONTROL, &outcome(&["a bad token"], &["get"]));
        assert!(report.finish().is_err());
    }

    #[test]
    fn nothing_at_all_is_not_success() {
        assert!(Report::default().finish().is_err());
        let mut report = Report::default();
        report.part(Part::Realtime, &outcome(&[], &[]));
        assert!(report.finish().is_err());
    }
}
