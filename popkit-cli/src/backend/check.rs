//! One thing that was looked at.

use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// As it should be.
    Good,
    /// It works; there is something to know.
    Remark,
    /// Something to mend.
    Bad,
}

/// One thing that was looked at, and what came of it in one line. What is not good says what
/// to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// What was looked at, in a word or two.
    pub(crate) name: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) text: String,
    /// How the program ends if nothing worse comes.
    pub(crate) code: Exit,
}

impl Check {
    /// As it should be.
    pub(crate) fn good(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Good, text: text.into(), code: Exit::Done }
    }

    /// Something to know.
    pub(crate) fn remark(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Remark, text: text.into(), code: Exit::Done }
    }

    /// Something to mend.
    pub(crate) fn bad(name: &'static str, error: impl Into<CliError>) -> Self {
        let error = error.into();
        // An error without a failure of its own: nobody may take the check for passed.
        let code = if error.code == Exit::Done { Exit::Failed } else { error.code };
        Self { name, verdict: Verdict::Bad, text: error.to_string(), code }
    }

    /// Good with this text, or the error.
    pub(crate) fn of<E: Into<CliError>>(name: &'static str, result: Result<String, E>) -> Self {
        match result {
            Ok(text) => Self::good(name, text),
            Err(error) => Self::bad(name, error),
        }
    }

    /// The line for people.
    fn line(&self) -> String {
        let word = match self.verdict {
            Verdict::Good => "ok",
            Verdict::Remark => "note",
            Verdict::Bad => "FAIL",
        };
        format!("{word:<5} {:<12} {}", self.name, output::short(&self.text, usize::MAX))
    }
}

/// The JSON form of a check, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    check: &'a str,
    verdict: Verdict,
    text: &'a str,
}

/// Tells one check.
pub(crate) fn show(cx: &Context, check: &Check) -> Result<(), CliError> {
    if !cx.json {
        return output::line(check.line());
    }
    let text = check.text.as_str();
    output::json(&View { v: VERSION, check: check.name, verdict: check.verdict, text })
}

/// How the program ends after these: by the first that is bad.
pub(crate) fn worst<'a>(checks: impl IntoIterator<Item = &'a Check>) -> Exit {
    let bad = checks.into_iter().find(|check| check.verdict == Verdict::Bad);
    bad.map_or(Exit::Done, |check| check.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_bad_decides() {
        let checks = [
            Check::good("a", "fine"),
            Check::remark("b", "to know"),
            Check::bad("c", CliError::new(Exit::Refused, "no")),
            Check::bad("d", CliError::failed("no")),
        ];
        assert_eq!(worst(&checks), Exit::Refused);
        assert_eq!(worst(&checks[..2]), Exit::Done);
        let odd = Check::bad("e", CliError::new(Exit::Done, "nobody reads"));
        assert_eq!(odd.code, Exit::Failed);
    }

    #[test]
    fn a_line_is_one_line() {
        let check = Check::bad("pub/sub", CliError::failed("a\nb\u{1b}[2J"));
        assert_eq!(check.line(), "FAIL  pub/sub      a b\\u{1b}[2J");
        assert_eq!(Check::good("ping", "in 1 ms").line(), "ok    ping         in 1 ms");
    }
}
