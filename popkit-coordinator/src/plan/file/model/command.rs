//! A command as a plan writes it.

use std::fmt;

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// A script for `sh -c`.
    Shell(String),
    /// A program and its arguments; never empty when it comes from a plan file.
    Argv(Vec<String>),
}

impl Command {
    /// The program and its arguments.
    ///
    /// ```
    /// use popkit_coordinator::plan::Command;
    /// assert_eq!(Command::Shell("make".into()).to_argv(), ["sh", "-c", "make"]);
    /// ```
    #[must_use]
    pub fn to_argv(&self) -> Vec<String> {
        match self {
            Self::Shell(script) => vec!["sh".to_owned(), "-c".to_owned(), script.clone()],
            Self::Argv(argv) => argv.clone(),
        }
    }
}

/// For people; arguments that are no plain words are quoted.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let argv = match self {
            Self::Shell(script) => return f.write_str(script),
            Self::Argv(argv) => argv,
        };
        let plain = |c: char| c.is_alphanumeric() || "-_./=:,@+%".contains(c);
        for (i, word) in argv.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            if !word.is_empty() && word.chars().all(plain) {
                f.write_str(word)?;
            } else {
                write!(f, "'{}'", word.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}
