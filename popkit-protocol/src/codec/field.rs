//! The values that stand under a key.

use serde::Serialize;

use super::error::CodecError;
use super::style::Style;
use crate::envelope::Party;
use crate::message::Object;
use crate::{AgentId, Json, MessageId, TaskId, Timestamp};

/// A value that can stand under a key.
pub(crate) trait Field: Sized {
    /// What is expected, for error texts.
    const EXPECTED: &'static str;

    fn read(json: &Json, style: Style) -> Result<Self, CodecError>;

    /// Appends the value's JSON.
    fn write(&self, out: &mut String, style: Style) -> Result<(), CodecError>;
}

/// The refusal of a value of another type.
pub(crate) fn unexpected(expected: &str, found: &Json) -> CodecError {
    let kind = match found.as_str().as_bytes().first() {
        Some(b'"') => "text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "a truth value",
        Some(b'n') => "null",
        _ => "a number",
    };
    CodecError::invalid(format!("expected {expected}, found {kind}"))
}

/// Appends what serde writes.
pub(crate) fn push<T: Serialize + ?Sized>(out: &mut String, value: &T) -> Result<(), CodecError> {
    let json = serde_json::to_string(value).map_err(|e| CodecError::invalid(e.to_string()))?;
    out.push_str(&json);
    Ok(())
}

macro_rules! plain {
    ($($type:ty = $expected:literal),+ $(,)?) => {$(
        impl Field for $type {
            const EXPECTED: &'static str = $expected;

            fn read(json: &Json, _: Style) -> Result<Self, CodecError> {
                json.decode().map_err(|_| unexpected(Self::EXPECTED, json))
            }

            fn write(&self, out: &mut String, _: Style) -> Result<(), CodecError> {
                push(out, self)
            }
        }
    )+};
}

plain! {
    String = "text",
    bool = "true or false",
    u32 = "a whole number from 0 to 4294967295",
    u64 = "a whole number, 0 or more",
}

/// Types with a text of their own: names.
macro_rules! named {
    ($($type:ty = $expected:literal),+ $(,)?) => {$(
        impl $crate::codec::Field for $type {
            const EXPECTED: &'static str = $expected;

            fn read(
                json: &$crate::Json,
                _: $crate::codec::Style,
            ) -> Result<Self, $crate::codec::CodecError> {
                let text: String =
                    json.decode().map_err(|_| $crate::codec::unexpected(Self::EXPECTED, json))?;
                Ok(text.parse::<Self>()?)
            }

            fn write(
                &self,
                out: &mut String,
                _: $crate::codec::Style,
            ) -> Result<(), $crate::codec::CodecError> {
                $crate::codec::push(out, &self.to_string())
            }
        }
    )+};
}
pub(crate) use named;

named! {
    AgentId = "the id of an agent",
    MessageId = "an id",
    TaskId = "the id of a task",
    Party = "the id of an agent, `coordinator`, `human` or `*`",
}

/// A small closed set of words, each with its text on the wire.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident, $what:literal {
            $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ParseError;

            fn from_str(text: &str) -> Result<Self, $crate::ParseError> {
                Self::ALL.iter().copied().find(|word| word.name() == text).ok_or_else(|| {
                    let names = [$($text),+].join(", ");
                    $crate::ParseError::new($what, text, format!("expected one of {names}"))
                })
            }
        }

        $crate::codec::named! { $name = $what }
    };
}
pub(crate) use words;

/// As [`words`], for a set that others may extend: an unknown word is kept.
macro_rules! open_words {
    (
        $(#[$doc:meta])*
        $name:ident, $what:literal {
            $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])*
        ///
        /// Parsing takes any text of 1 to 64 bytes without control characters.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// Another word. Parsing never puts a known one here.
            Other(std::sync::Arc<str>),
        }

        impl $name {
            /// The known ones, in the order of the documentation.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// Whether the originals know it too.
            #[must_use]
            pub fn is_known(&self) -> bool {
                Self::KNOWN.iter().any(|word| word.name() == self.name())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ParseError;

            fn from_str(text: &str) -> Result<Self, $crate::ParseError> {
                if let Some(word) = Self::KNOWN.iter().find(|word| word.name() == text) {
                    return Ok(word.clone());
                }
                if text.is_empty() || text.len() > 64 || text.contains(char::is_control) {
                    let reason = "expected 1 to 64 bytes without control characters";
                    return Err($crate::ParseError::new($what, text, reason));
                }
                Ok(Self::Other(text.into()))
            }
        }

        $crate::codec::named! { $name = $what }
    };
}
pub(crate) use open_words;

impl Field for f64 {
    const EXPECTED: &'static str = "a number";

    fn read(json: &Json, _: Style) -> Result<Self, CodecError> {
        json.decode().map_err(|_| unexpected(Self::EXPECTED, json))
    }

    fn write(&self, out: &mut String, _: Style) -> Result<(), CodecError> {
        if !self.is_finite() {
            return Err(CodecError::invalid("it is no finite number, and JSON has only such"));
        }
        push(out, self)
    }
}

impl Field for Timestamp {
    const EXPECTED: &'static str = "a time, for instance 2026-11-21T09:30:00+00:00";

    fn read(json: &Json, style: Style) -> Result<Self, CodecError> {
        let text: String = json.decode().map_err(|_| unexpected(Self::EXPECTED, json))?;
        Ok(style.parse_time(&text)?)
    }

    fn write(&self, out: &mut String, style: Style) -> Result<(), CodecError> {
        push(out, &style.time(*self)?)
    }
}

impl Field for Json {
    const EXPECTED: &'static str = "a value";

    fn read(json: &Json, _: Style) -> Result<Self, CodecError> {
        Ok(json.clone())
    }

    fn write(&self, out: &mut String, _: Style) -> Result<(), CodecError> {
        out.push_str(self.as_str());
        Ok(())
    }
}

impl Field for Object {
    const EXPECTED: &'static str = "an object";

    fn read(json: &Json, _: Style) -> Result<Self, CodecError> {
        Self::checked(json).ok_or_else(|| unexpected(Self::EXPECTED, json))
    }

    fn write(&self, out: &mut String, _: Style) -> Result<(), CodecError> {
        out.push_str(self.as_json().as_str());
        Ok(())
    }
}

impl<T: Field> Field for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn read(json: &Json, style: Style) -> Result<Self, CodecError> {
        let items: Vec<Json> = json.decode().map_err(|_| unexpected(Self::EXPECTED, json))?;
        let read = |(at, item)| T::read(item, style).map_err(|e| e.under(&format!("[{at}]")));
        items.iter().enumerate().map(read).collect()
    }

    fn write(&self, out: &mut String, style: Style) -> Result<(), CodecError> {
        let mut mark = '[';
        for (at, item) in self.iter().enumerate() {
            out.push(mark);
            item.write(out, style).map_err(|e| e.under(&format!("[{at}]")))?;
            mark = ',';
        }
        out.push_str(if self.is_empty() { "[]" } else { "]" });
        Ok(())
    }
}

impl<T: Field> Field for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(json: &Json, style: Style) -> Result<Self, CodecError> {
        if json.is_null() { Ok(None) } else { T::read(json, style).map(Some) }
    }

    fn write(&self, out: &mut String, style: Style) -> Result<(), CodecError> {
        match self {
            Some(value) => value.write(out, style),
            None => {
                out.push_str("null");
                Ok(())
            }
        }
    }
}
