//! The checkpoint, which is any JSON here and always an object there.

use std::collections::BTreeMap;

use crate::{Json, JsonError};

/// Extensions of popkit live under this name, in every foreign form.
const KEY: &str = "x_popkit";

/// No checkpoint.
pub(super) fn none() -> Json {
    Json::encode(&BTreeMap::<String, ()>::new()).unwrap_or_default()
}

/// A checkpoint as an object. What is no object, and what would read back as something
/// else, is put under `x_popkit`.
pub(super) fn wrap(value: Option<&Json>) -> Json {
    let Some(value) = value else {
        return none();
    };
    match value.decode::<BTreeMap<String, Json>>() {
        Ok(fields) if !fields.is_empty() && inner(&fields).is_none() => value.clone(),
        // A checked value always encodes; where it does not, the original form is the
        // better answer than none.
        _ => enclose(value).unwrap_or_else(|_| value.clone()),
    }
}

/// The reverse of [`wrap`].
pub(super) fn unwrap(value: Json) -> Option<Json> {
    if value.is_null() {
        return None;
    }
    match value.decode::<BTreeMap<String, Json>>() {
        Ok(fields) if fields.is_empty() => None,
        Ok(fields) => Some(inner(&fields).cloned().unwrap_or(value)),
        Err(_) => Some(value),
    }
}

fn inner(fields: &BTreeMap<String, Json>) -> Option<&Json> {
    fields.get(KEY).filter(|_| fields.len() == 1)
}

fn enclose(value: &Json) -> Result<Json, JsonError> {
    Json::encode(&BTreeMap::from([(KEY, value)]))
}
