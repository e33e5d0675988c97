//! Counting tests by the closing lines of the runners.

use std::fmt;

/// Tests that passed and tests that did not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Passed, at whatever attempt.
    pub(crate) passed: u64,
    /// Failed, timed out, or could not be started.
    pub(crate) failed: u64,
}

impl Tally {
    /// Reads a line of a runner's output; `None` when it is not a closing line.
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        Self::from_libtest(line).or_else(|| Self::from_nextest(line))
    }

    /// Adds another count.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in …`
    fn from_libtest(line: &str) -> Option<Self> {
        let (_verdict, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        Self::sum(counts.split("; "))
    }

    /// `Summary [   4.051s] 33 tests run: 32 passed (1 slow, 1 leaky), 1 timed out, 2 skipped`
    fn from_nextest(line: &str) -> Option<Self> {
        let (_time, rest) = line.trim_start().strip_prefix("Summary [")?.split_once("] ")?;
        let (_run, counts) = rest.split_once(" run: ")?;
        Self::sum(without_parentheses(counts).split(", "))
    }

    /// Adds up `3 passed`, `1 failed`, …; whatever is neither a pass nor left out is a failure.
    fn sum<'a>(counts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut tally = Self::default();
        for count in counts {
            let (number, word) = count.trim().split_once(' ')?;
            match word.trim() {
                "passed" => tally.passed += number.parse::<u64>().ok()?,
                "failed" | "timed out" | "exec failed" => {
                    tally.failed += number.parse::<u64>().ok()?;
                }
                _ => {}
            }
        }
        Some(tally)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|letter| match letter {
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(u64, u64)> {
        Tally::from_line(line).map(|tally| (tally.passed, tally.failed))
    }

    #[test]
    fn reads_the_standard_runner() {
        let line = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s";
        assert_eq!(read(line), Some((3, 0)));
        let line = "test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s";
        assert_eq!(read(line), Some((2, 4)));
    }

    #[test]
    fn reads_nextest() {
        let cases = [
            ("     Summary [   4.051s] 33 tests run: 33 passed, 0 skipped", (33, 0)),
            ("     Summary [   0.1s] 1 test run: 1 passed, 0 skipped", (1, 0)),
            (
                "Summary [ 9s] 12/20 tests run: 9 passed (1 slow, 2 leaky), 2 failed, 1 timed out, 3 skipped",
                (9, 3),
            ),
            (
                "Summary [ 9s] 3 tests run: 1 passed (1 flaky), 1 failed (1 due to being leaky), 1 exec failed, 0 skipped",
                (1, 2),
            ),
            ("Summary [ 0.000s] 0 tests run: 0 passed, 0 skipped", (0, 0)),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn other_lines_are_not_closing_lines() {
        for line in [
            "",
            "running 3 tests",
            "test a ... ok",
            "Summary of it",
            "note: test result: ok. 1 passed",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn adds_up() {
        let mut tally = Tally { passed: 2, failed: 1 };
        tally.add(Tally { passed: 3, failed: 0 });
        assert_eq!(tally.to_string(), "5 passed, 1 failed");
    }
}
