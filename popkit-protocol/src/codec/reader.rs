//! Taking an object apart, key by key.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::error::CodecError;
use super::field::Field;
use super::style::Style;
use crate::Json;
use crate::message::Object;

/// The members of an object, in the order of the text.
pub(crate) struct Members(pub(crate) Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members_;
        impl<'de> Visitor<'de> for Members_ {
            type Value = Vec<(String, Json)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        from.deserialize_map(Members_).map(Self)
    }
}

/// An object that is being read: each key is taken once, what is left over are extensions.
pub(crate) struct Reader {
    members: Vec<(String, Json)>,
    style: Style,
}

impl Reader {
    pub(crate) fn new(json: &Json, style: Style) -> Result<Self, CodecError> {
        let members = json.decode::<Members>();
        let Members(members) = members.map_err(|_| super::field::unexpected("an object", json))?;
        Ok(Self { members, style })
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// Whether the key is there and not yet taken.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.members.iter().any(|(name, _)| name == key)
    }

    fn take(&mut self, key: &str) -> Option<Json> {
        let at = self.members.iter().position(|(name, _)| name == key)?;
        Some(self.members.remove(at).1)
    }

    /// A value that must be there.
    pub(crate) fn required<T: Field>(&mut self, key: &str) -> Result<T, CodecError> {
        let Some(json) = self.take(key) else {
            let reason = format!("expected {}, the key is missing", T::EXPECTED);
            return Err(CodecError::invalid(reason).under(key));
        };
        T::read(&json, self.style).map_err(|e| e.under(key))
    }

    /// A value that may be missing.
    pub(crate) fn or<T: Field>(&mut self, key: &str, default: T) -> Result<T, CodecError> {
        match self.take(key) {
            Some(json) => T::read(&json, self.style).map_err(|e| e.under(key)),
            None => Ok(default),
        }
    }

    /// A value that may be missing, though not in Python's form.
    pub(crate) fn lenient<T: Field>(&mut self, key: &str, default: T) -> Result<T, CodecError> {
        if self.style.is_strict() { self.required(key) } else { self.or(key, default) }
    }

    /// A value that may be missing or null.
    pub(crate) fn optional<T: Field>(&mut self, key: &str) -> Result<Option<T>, CodecError> {
        match self.take(key) {
            Some(json) if !json.is_null() => {
                T::read(&json, self.style).map(Some).map_err(|e| e.under(key))
            }
            _ => Ok(None),
        }
    }

    /// What was not taken, to be kept.
    pub(crate) fn rest(&mut self) -> Object {
        Object::from_members(&std::mem::take(&mut self.members))
    }

    /// What was not taken, of an object whose keys Python checks.
    pub(crate) fn strict_rest(&mut self) -> Result<Object, CodecError> {
        match self.members.first() {
            Some((key, _)) if self.style.is_strict() => {
                let reason = "the original knows no such key here and drops the message";
                Err(CodecError::invalid(reason).under(crate::limits::cut(key, 80)))
            }
            _ => Ok(self.rest()),
        }
    }
}
