//! Why a command failed.

use std::fmt;

/// What was wrong and what mends it; one line when printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    wrong: String,
    mend: String,
}

impl Fault {
    /// Says what was `wrong` and how to `mend` it.
    pub(crate) fn new(wrong: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { wrong: wrong.into(), mend: mend.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{}: {}", self.wrong.trim(), self.mend.trim());
        // A tool's own message may have several lines.
        let parts: Vec<&str> = line.split_whitespace().collect();
        f.write_str(&parts.join(" "))
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_line() {
        let fault = Fault::new("git failed\n  not a repository\n", "run it inside a clone");
        assert_eq!(fault.to_string(), "git failed not a repository: run it inside a clone");
    }
}
