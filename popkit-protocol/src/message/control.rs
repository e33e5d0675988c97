//! How the coordinator keeps agents on their path.

use super::Object;
use crate::codec::{CodecError, Reader, Record, Writer, open_words, words};

open_words! {
    /// How an agent left its path.
    DriftKind, "drift" {
        /// It touched a file outside its globs.
        File = "file_drift",
        /// It has been silent for too long.
        Silence = "silence_drift",
        /// It made too many tool calls since its last check-in.
        CheckinOverdue = "checkin_overdue",
    }
}

/// An agent leaves its path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriftAlert {
    /// How.
    pub kind: DriftKind,
    /// For people and for the agent.
    pub message: String,
    /// How bad it is: a word.
    pub severity: String,
    /// Other keys.
    pub extra: Object,
}

impl DriftAlert {
    /// An alert.
    #[must_use]
    pub fn new(kind: DriftKind, message: impl Into<String>, severity: impl Into<String>) -> Self {
        let (message, severity) = (message.into(), severity.into());
        Self { kind, message, severity, extra: Object::default() }
    }
}

/// What an agent must do now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CourseCorrect {
    /// Wait for a decision.
    Pause {
        /// Why.
        reason: String,
        /// Which decision.
        decision_id: String,
        /// Other keys.
        extra: Object,
    },
    /// Do something else.
    Redirect {
        /// Why.
        reason: String,
        /// What instead.
        suggestion: String,
        /// Other keys.
        extra: Object,
    },
    /// The decision was made.
    Resolve(Resolution),
}

words! {
    /// How an agent goes on after a decision.
    AfterDecision, "course correction" {
        /// It goes on.
        Resume = "resume",
        /// It stops.
        Abort = "abort",
    }
}

/// The end of a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolution {
    /// How to go on.
    pub action: AfterDecision,
    /// Which decision.
    pub decision_id: String,
    /// Whether what was asked for is allowed.
    pub approved: bool,
    /// What the one who decided said.
    pub notes: Option<String>,
    /// Other keys.
    pub extra: Object,
}

impl CourseCorrect {
    /// Wait for a decision.
    #[must_use]
    pub fn pause(reason: impl Into<String>, decision_id: impl Into<String>) -> Self {
        let (reason, decision_id) = (reason.into(), decision_id.into());
        Self::Pause { reason, decision_id, extra: Object::default() }
    }

    /// Do something else.
    #[must_use]
    pub fn redirect(reason: impl Into<String>, suggestion: impl Into<String>) -> Self {
        let (reason, suggestion) = (reason.into(), suggestion.into());
        Self::Redirect { reason, suggestion, extra: Object::default() }
    }

    /// Go on, or stop, after a decision.
    #[must_use]
    pub fn resolve(action: AfterDecision, decision_id: impl Into<String>, approved: bool) -> Self {
        Self::Resolve(Resolution {
            action,
            decision_id: decision_id.into(),
            approved,
            notes: None,
            extra: Object::default(),
        })
    }

    /// With what the one who decided said; only a resolution has notes.
    #[must_use]
    pub fn with_notes(mut self, text: impl Into<String>) -> Self {
        if let Self::Resolve(resolution) = &mut self {
            resolution.notes = Some(text.into());
        }
        self
    }
}

impl Record for DriftAlert {
    const NAME: &'static str = "a drift alert";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            kind: fields.required("type")?,
            message: fields.required("message")?,
            severity: fields.required("severity")?,
            extra: fields.rest(),
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("type", &self.kind)?;
        to.put("message", &self.message)?;
        to.put("severity", &self.severity)?;
        to.rest(&self.extra)
    }
}

impl Record for CourseCorrect {
    const NAME: &'static str = "a course correction";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let action: String = fields.required("action")?;
        match action.as_str() {
            "pause" => Ok(Self::Pause {
                reason: fields.required("reason")?,
                decision_id: fields.required("decision_id")?,
                extra: fields.rest(),
            }),
            "redirect" => Ok(Self::Redirect {
                reason: fields.required("reason")?,
                suggestion: fields.required("suggestion")?,
                extra: fields.rest(),
            }),
            other => {
                let action = other.parse().map_err(|_| {
                    let reason = "expected one of pause, redirect, resume, abort";
                    CodecError::invalid(reason).under("action")
                })?;
                Ok(Self::Resolve(Resolution {
                    action,
                    decision_id: fields.required("decision_id")?,
                    approved: fields.required("approved")?,
                    notes: fields.optional("notes")?,
                    extra: fields.rest(),
                }))
            }
        }
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        match self {
            Self::Pause { reason, decision_id, extra } => {
                to.text("action", "pause")?;
                to.put("reason", reason)?;
                to.put("decision_id", decision_id)?;
                to.rest(extra)
            }
            Self::Redirect { reason, suggestion, extra } => {
                to.text("action", "redirect")?;
                to.put("reason", reason)?;
                to.put("suggestion", suggestion)?;
                to.rest(extra)
            }
            Self::Resolve(end) => {
                to.put("action", &end.action)?;
                to.put("decision_id", &end.decision_id)?;
                to.put("approved", &end.approved)?;
                to.put("notes", &end.notes)?;
                to.rest(&end.extra)
            }
        }
    }
}
