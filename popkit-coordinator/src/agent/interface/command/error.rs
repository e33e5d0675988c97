//! Lines that are no command.

/// Why a line was not understood; one line that says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is nothing in it.
    #[error("nothing was asked; `help` lists the commands")]
    Empty,
    /// The first word is no command.
    #[error("unknown command {word:?}{}", hint(*.nearest, "; `help` lists the commands"))]
    Unknown {
        /// The word.
        word: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// The command has no such option.
    #[error("{command}: unknown option --{option}{}", hint(*.nearest, &see(command)))]
    UnknownOption {
        /// The command.
        command: &'static str,
        /// The option.
        option: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// An option is there twice.
    #[error("{command}: --{option} is given twice; give it once")]
    Twice {
        /// The command.
        command: &'static str,
        /// The option.
        option: &'static str,
    },
    /// A value cannot be what it has to be.
    #[error("{command}: {what}: {reason}")]
    Value {
        /// The command.
        command: &'static str,
        /// The argument or option.
        what: String,
        /// What is wrong with it, and what is expected.
        reason: String,
    },
    /// Something is missing.
    #[error("{command}: {what} is missing; write `{usage}`")]
    Missing {
        /// The command.
        command: &'static str,
        /// What.
        what: &'static str,
        /// How the command is written.
        usage: String,
    },
    /// There is a word too much.
    #[error("{command}: {word:?} is one word too many; write `{usage}`")]
    Excess {
        /// The command.
        command: &'static str,
        /// The word.
        word: String,
        /// How the command is written.
        usage: String,
    },
    /// A quote has no end.
    #[error("the quote at character {at} has no end; close it, or put a backslash before it")]
    Unclosed {
        /// The place of the quote, from 1.
        at: usize,
    },
    /// The line is too long.
    #[error("the line has {bytes} bytes, and the limit is {limit}; give less")]
    TooLong {
        /// Its size.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
}

/// The word that was probably meant, or else this.
fn hint(nearest: Option<&str>, otherwise: &str) -> String {
    match nearest {
        Some(word) => format!(" (did you mean {word:?}?)"),
        None => otherwise.to_owned(),
    }
}

fn see(command: &str) -> String {
    format!("; `help {command}` lists its options")
}
