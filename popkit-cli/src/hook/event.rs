//! What happened.

/// An event of Claude Code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A tool is about to be called.
    PreToolUse,
    /// A tool was called.
    PostToolUse,
    /// A session of Claude Code begins or goes on.
    SessionStart,
    /// A person says something.
    UserPromptSubmit,
    /// A sub-agent is done.
    SubagentStop,
    /// A session of Claude Code ends.
    SessionEnd,
    /// Anything else: nothing to do.
    Other,
}

impl Event {
    /// The event of this name.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "PreToolUse" => Self::PreToolUse,
            "PostToolUse" => Self::PostToolUse,
            "SessionStart" => Self::SessionStart,
            "UserPromptSubmit" => Self::UserPromptSubmit,
            "SubagentStop" => Self::SubagentStop,
            "SessionEnd" => Self::SessionEnd,
            _ => Self::Other,
        }
    }

    /// Its name, as answers have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PreToolUse => "PreToolUse",
            Self::PostToolUse => "PostToolUse",
            Self::SessionStart => "SessionStart",
            Self::UserPromptSubmit => "UserPromptSubmit",
            Self::SubagentStop => "SubagentStop",
            Self::SessionEnd => "SessionEnd",
            Self::Other => "",
        }
    }

    /// Whether what goes wrong must be a denial.
    pub(super) fn is_guarded(self) -> bool {
        self == Self::PreToolUse
    }
}
