//! A JSON value as it was written.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// JSON text that was checked once and is carried unparsed: payloads, results,
/// checkpoints. Cloning shares the text.
///
/// Two values are equal when their texts are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

/// Text that is not JSON, or JSON that is not the wanted type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action}: {reason}")]
pub struct JsonError {
    action: &'static str,
    reason: String,
}

impl JsonError {
    fn new(action: &'static str, reason: &serde_json::Error) -> Self {
        Self { action, reason: reason.to_string() }
    }
}

impl Json {
    /// The value `null`.
    #[must_use]
    pub fn null() -> Self {
        Self("null".into())
    }

    /// The JSON form of a value.
    ///
    /// # Errors
    ///
    /// Where the value has no JSON form (a map whose keys are not text, for instance).
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, JsonError> {
        serde_json::to_string(value)
            .map(|text| Self(text.into()))
            .map_err(|e| JsonError::new("cannot encode as JSON", &e))
    }

    /// Checks that `text` is one JSON value and takes it, line breaks as spaces.
    ///
    /// # Errors
    ///
    /// Where it is not, with line and column. Nesting beyond 128 is refused.
    pub fn from_text(text: &str) -> Result<Self, JsonError> {
        // RawValue alone does not bound nesting; reading into a value does.
        serde_json::from_str::<serde_json::Value>(text)
            .map_err(|e| JsonError::new("not JSON", &e))?;
        Ok(Self(one_line(text.trim())))
    }

    /// The value as a Rust type.
    ///
    /// # Errors
    ///
    /// Where the JSON has another shape.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        serde_json::from_str(&self.0).map_err(|e| JsonError::new("unexpected JSON", &e))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The length of the text in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    /// Never: the shortest JSON text has one character.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::null()
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({})", self.0)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        Ok(Self(one_line(raw.get())))
    }
}

/// A line break within JSON can only stand between tokens: a space there keeps the value,
/// and a record of a line-based log on its line.
fn one_line(text: &str) -> Arc<str> {
    if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_written() {
        let json = Json::from_text(" {\"b\": 1.0, \"a\": [ ]} ").unwrap();
        assert_eq!(json.as_str(), "{\"b\": 1.0, \"a\": [ ]}");
        let within = serde_json::to_string(&vec![json.clone()]).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Json>>(&within).unwrap(), [json]);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for bad in ["", "{", "1 2", "nul", "{'a':1}"] {
            assert!(Json::from_text(bad).is_err(), "{bad:?}");
        }
        assert!(Json::from_text(&"[".repeat(100_000)).is_err(), "deep nesting");
    }
}
