//! In which form times are written, and whose rules hold.

mod zone;

use super::error::CodecError;
use crate::{ParseError, Timestamp};

pub(crate) use zone::Zone;

/// The form, and the offset of times without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) form: Form,
    pub(crate) zone: Zone,
}

/// Whose rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Ours: writes UTC with its offset, reads everything.
    Native,
    /// The strict Python decoder's.
    Python,
    /// The execution spine's.
    Spine,
}

impl Style {
    /// Whether unknown keys and types are refused.
    pub(crate) fn is_strict(self) -> bool {
        matches!(self.form, Form::Python | Form::Spine)
    }

    pub(crate) fn time(self, at: Timestamp) -> Result<String, CodecError> {
        match self.form {
            Form::Native | Form::Spine => Ok(zone::utc(at)),
            Form::Python => self.zone.naive(at),
        }
    }

    pub(crate) fn parse_time(self, text: &str) -> Result<Timestamp, ParseError> {
        let refuse = |reason: &str| Err(ParseError::new("time", text, reason));
        match (self.form, zone::is_naive(text)) {
            (Form::Python, false) => refuse("the original takes local time without a zone only"),
            (Form::Spine, true) => refuse("expected UTC with its offset"),
            _ => self.zone.parse(text),
        }
    }
}
