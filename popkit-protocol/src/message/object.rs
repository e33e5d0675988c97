//! A JSON object that is kept whole.

use std::fmt;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec::{Limits, Members, Spacing};
use crate::{Json, ParseError};

/// The key under which popkit keeps what the documented forms have no place for.
pub const EXTENSIONS: &str = "x_popkit";

/// A JSON object of which all is kept: its keys, their order, texts and numbers as written.
/// Only spaces and needless escapes go. No object within has a key twice.
///
/// Cloning shares the text. Two objects are equal when they have the same keys in the same
/// order with the same values.
///
/// ```
/// use popkit_protocol::message::Object;
///
/// let task = Object::default().with("tags", &["parser"])?.with("title", &"Tidy")?;
/// assert_eq!(task.as_json().as_str(), r#"{"tags":["parser"],"title":"Tidy"}"#);
/// assert_eq!(task.get::<Vec<String>>("tags"), Some(vec!["parser".to_owned()]));
/// assert_eq!(task.get::<u32>("title"), None);
/// # Ok::<(), popkit_protocol::ParseError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Object(Json);

impl Object {
    /// Checks and takes a value.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where it is no object, is nested deeper than 100 or has a key twice.
    pub fn new(json: &Json) -> Result<Self, ParseError> {
        let refuse = |reason: &str| ParseError::new("object", json.as_str(), reason);
        let limits = Limits::default().with_bytes(usize::MAX).with_depth(Limits::DEEPEST);
        let text = limits.check(json.as_str().as_bytes()).map_err(|e| refuse(e.reason()))?;
        let text = Spacing::COMPACT.apply(text).map_err(|e| refuse(e.reason()))?;
        let json = Json::from_text(&text).map_err(|e| refuse(&e.to_string()))?;
        Self::checked(&json).ok_or_else(|| refuse("expected a JSON object"))
    }

    /// The JSON form of a value that is written as an object: a map, a struct.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where it has no JSON form, or another one.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, ParseError> {
        let json = Json::encode(value);
        Self::new(&json.map_err(|e| ParseError::new("object", "", e.to_string()))?)
    }

    /// Takes a value that was checked.
    pub(crate) fn checked(json: &Json) -> Option<Self> {
        json.as_str().starts_with('{').then(|| Self(json.clone()))
    }

    /// From members that were checked.
    pub(crate) fn from_members(members: &[(String, Json)]) -> Self {
        if members.is_empty() {
            return Self::default();
        }
        let mut text = String::from("{");
        for (key, value) in members {
            if text.len() > 1 {
                text.push(',');
            }
            // A string always has a JSON form.
            text.push_str(&serde_json::to_string(key).unwrap_or_default());
            text.push(':');
            text.push_str(value.as_str());
        }
        text.push('}');
        serde_json::from_str(&text).map(Self).unwrap_or_default()
    }

    /// The members, in order.
    pub(crate) fn members(&self) -> Vec<(String, Json)> {
        if self.is_empty() {
            return Vec::new();
        }
        self.0.decode::<Members>().map(|members| members.0).unwrap_or_default()
    }

    /// The object as JSON.
    #[must_use]
    pub fn as_json(&self) -> &Json {
        &self.0
    }

    /// Whether it has no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.as_str() == "{}"
    }

    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.members().into_iter().map(|(key, _)| key).collect()
    }

    /// The value under a key; `None` where the key is missing or the value is of another type.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let members = self.members();
        let (_, value) = members.iter().find(|(name, _)| name == key)?;
        value.decode().ok()
    }

    /// With a value under a key: in its place where the key is there, else at the end.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the value has no JSON form, or one that is nested too deep.
    pub fn with<T: Serialize + ?Sized>(self, key: &str, value: &T) -> Result<Self, ParseError> {
        let json = Json::encode(value).map_err(|e| ParseError::new("value", key, e.to_string()))?;
        let mut members = self.members();
        match members.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = json,
            None => members.push((key.to_owned(), json)),
        }
        Self::new(&Self::from_members(&members).0)
    }

    /// What popkit keeps under this name in [`EXTENSIONS`].
    #[must_use]
    pub fn extension<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.get::<Self>(EXTENSIONS)?.get(name)
    }

    /// With a value under this name in [`EXTENSIONS`]. Never for a heartbeat or an insight:
    /// the originals drop what has an unknown key there.
    ///
    /// # Errors
    ///
    /// As [`with`](Self::with).
    pub fn with_extension<T: Serialize + ?Sized>(
        self,
        name: &str,
        value: &T,
    ) -> Result<Self, ParseError> {
        let inner = self.get::<Self>(EXTENSIONS).unwrap_or_default().with(name, value)?;
        self.with(EXTENSIONS, &inner)
    }
}

impl Default for Object {
    /// The object without keys.
    fn default() -> Self {
        static EMPTY: LazyLock<Json> =
            LazyLock::new(|| serde_json::from_str("{}").unwrap_or_default());
        Self(EMPTY.clone())
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.0)
    }
}

impl TryFrom<Json> for Object {
    type Error = ParseError;

    fn try_from(json: Json) -> Result<Self, ParseError> {
        Self::new(&json)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(&Json::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_kept_but_spaces() {
        let text = "{ \"b\": 1.0, \"a\" : [1E2, {\"c\": \"\\u00e9\"}]}";
        let object = Object::new(&Json::from_text(text).unwrap()).unwrap();
        assert_eq!(object.as_json().as_str(), "{\"b\":1.0,\"a\":[1E2,{\"c\":\"é\"}]}");
        assert_eq!(object.keys(), ["b", "a"]);
        assert_eq!(Object::from_members(&object.members()), object);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bad in ["[]", "1", "null", "\"{}\"", "{\"a\":1,\"a\":1}", "{\"a\":{\"b\":1,\"b\":2}}"] {
            assert!(Object::new(&Json::from_text(bad).unwrap()).is_err(), "{bad}");
        }
        assert!(Object::encode(&vec![1]).is_err());
        assert!(Object::default().with("a", &f64::NAN).unwrap().get::<f64>("a").is_none());
    }

    #[test]
    fn extensions_live_in_one_key() {
        let object = Object::default().with("x", &1).unwrap();
        let object = object.with_extension("a", &"A").unwrap().with_extension("b", &2).unwrap();
        let object = object.with_extension("a", &"Z").unwrap();
        let text = "{\"x\":1,\"x_popkit\":{\"a\":\"Z\",\"b\":2}}";
        assert_eq!(object.as_json().as_str(), text);
        assert_eq!(object.extension("b"), Some(2));
        assert_eq!(object.extension::<u32>("c"), None);
    }
}
