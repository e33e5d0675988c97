//! What the example prints.

use std::io::Write as _;

use super::Failure;

/// Prints a line in one write, so that lines of several processes do not mix.
pub(crate) fn say(line: impl AsRef<str>) -> Result<(), Failure> {
    Ok(std::io::stdout().write_all(format!("{}\n", line.as_ref()).as_bytes())?)
}
