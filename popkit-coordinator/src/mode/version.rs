//! Versions of Claude Code.

use std::fmt;
use std::str::FromStr;

use super::ModeError;

/// A version of Claude Code: three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl Version {
    /// From its numbers.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = ModeError;

    /// Takes what `claude --version` prints, too: `2.0.64 (Claude Code)`. What follows the
    /// numbers counts for nothing.
    ///
    /// # Errors
    ///
    /// [`ModeError::Version`] where the text does not begin with three numbers.
    fn from_str(text: &str) -> Result<Self, ModeError> {
        let word = text.split_whitespace().next().unwrap_or_default();
        let word = word.strip_prefix('v').unwrap_or(word);
        let core = word.split(['-', '+']).next().unwrap_or_default();
        let mut parts = core.split('.');
        let mut number = || {
            let part = parts.next().filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|part| part.parse::<u32>().ok())
        };
        let found = (number(), number(), number());
        match (found, parts.next()) {
            ((Some(major), Some(minor), Some(patch)), None) => Ok(Self { major, minor, patch }),
            _ => Err(ModeError::version(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_claude_code_prints() {
        let read = |text: &str| text.parse::<Version>();
        assert_eq!(read("2.0.64 (Claude Code)\n").unwrap(), Version::new(2, 0, 64));
        assert_eq!(read("v2.1.0-beta.3+x").unwrap(), Version::new(2, 1, 0));
        assert!(Version::new(2, 0, 9) < Version::new(2, 0, 64));
        for bad in ["", "2.0", "2.0.64.1", "2.0.x", "2.+0.1", "claude 2.0.64", "9999999999.0.0"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let shown = read("soon").unwrap_err().to_string();
        assert_eq!(shown, "\"soon\" is no version; write three numbers, for instance 2.0.64");
    }
}
