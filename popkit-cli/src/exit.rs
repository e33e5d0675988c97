//! The exit codes of the program.

use std::process::ExitCode;

/// How the program ends. These are all the codes there are; see `docs/cli.md`.
///
/// 2 is missing on purpose: to Claude Code it means that a hook denies the action, so only
/// a hook may say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Done,
    /// It tried, and what was asked failed.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// A file or value that was given, or stored, is not what it must be.
    Data,
    /// The backend cannot be reached.
    Unavailable,
    /// Not now: there is nothing to claim, something else was faster, or a limit is reached.
    TryAgain,
    /// Refused: the lease is lost, or access is denied.
    Refused,
    /// Ended by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number the shell sees.
    #[must_use]
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 64,
            Self::Data => 65,
            Self::Unavailable => 69,
            Self::TryAgain => 75,
            Self::Refused => 77,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
