//! Putting an object together, key by key.

use super::error::CodecError;
use super::field::{Field, push};
use super::payload::Payload;
use super::style::Style;
use crate::message::Object;

/// An object that is being written, in the order of the calls.
pub(crate) struct Writer<'a> {
    out: &'a mut String,
    style: Style,
    mark: char,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut String, style: Style) -> Self {
        Self { out, style, mark: '{' }
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    fn key(&mut self, key: &str) -> Result<(), CodecError> {
        self.out.push(self.mark);
        self.mark = ',';
        push(self.out, key)?;
        self.out.push(':');
        Ok(())
    }

    /// Writes a value.
    pub(crate) fn put<T: Field>(&mut self, key: &str, value: &T) -> Result<(), CodecError> {
        self.key(key)?;
        value.write(self.out, self.style).map_err(|e| e.under(key))
    }

    /// Writes text.
    pub(crate) fn text(&mut self, key: &str, value: &str) -> Result<(), CodecError> {
        self.key(key)?;
        push(self.out, value)
    }

    /// Writes the payload of a message.
    pub(crate) fn payload(&mut self, key: &str, payload: &Payload<'_>) -> Result<(), CodecError> {
        self.key(key)?;
        payload.write(self.out, self.style).map_err(|e| e.under(key))
    }

    /// Writes an object.
    pub(crate) fn nested(
        &mut self,
        key: &str,
        write: impl FnOnce(&mut Writer<'_>) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.key(key)?;
        let mut inner = Writer::new(self.out, self.style);
        write(&mut inner).map_err(|e| e.under(key))?;
        inner.finish();
        Ok(())
    }

    /// Writes the extensions of an object.
    pub(crate) fn rest(&mut self, extra: &Object) -> Result<(), CodecError> {
        for (key, json) in extra.members() {
            self.put(&key, &json)?;
        }
        Ok(())
    }

    /// Writes the extensions of an object whose keys Python checks.
    pub(crate) fn strict_rest(&mut self, extra: &Object) -> Result<(), CodecError> {
        match extra.members().first() {
            Some((key, _)) if self.style.is_strict() => {
                let reason = "the original knows no such key here and would drop the message; \
                              leave it out";
                Err(CodecError::not_carried(reason).under(crate::limits::cut(key, 80)))
            }
            _ => self.rest(extra),
        }
    }

    /// Closes the object.
    pub(crate) fn finish(self) {
        self.out.push_str(if self.mark == '{' { "{}" } else { "}" });
    }
}
