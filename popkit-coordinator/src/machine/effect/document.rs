//! What a document of a session says.

use std::collections::BTreeMap;

use popkit_protocol::Json;
use serde::Serialize;

/// The content of a document, in one of the shapes that stores have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// One value.
    Text(Json),
    /// Named values.
    Map(BTreeMap<String, Json>),
    /// Values, newest first.
    List(Vec<Json>),
}

impl Content {
    /// The members of what is written as an object.
    pub(in crate::machine) fn fields<T: Serialize>(value: &T) -> Self {
        let fields = Json::encode(value).ok().and_then(|json| json.decode().ok());
        Self::Map(fields.unwrap_or_default())
    }
}
