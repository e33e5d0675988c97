//! Times without a zone, as Python's `datetime.isoformat()` writes them.
//!
//! The originals write local time. This crate does not know the zone of the machine that
//! wrote a text, so a time without a zone is taken, and written, as UTC. Within one
//! document all times shift alike, so the spans between them are right in any case.

use crate::{ParseError, Timestamp};

/// Python writes at most 32 characters; what is much longer is no time.
const LONGEST: usize = 64;

/// The time in UTC, with microseconds and without a zone: `2026-11-21T09:30:00.000000`.
pub(super) fn format(at: Timestamp) -> String {
    let mut text = at.to_string();
    text.truncate(text.trim_end_matches('Z').len());
    text
}

/// Reads a time: without a zone it is UTC; `Z` and offsets are obeyed.
pub(super) fn parse(text: &str) -> Result<Timestamp, ParseError> {
    let short = text.len() <= LONGEST;
    let zoned = short.then(|| text.parse().ok()).flatten();
    let naive = || short.then(|| format!("{text}Z").parse().ok()).flatten();
    zoned.or_else(naive).ok_or_else(|| {
        let reason = "expected ISO 8601 from 1970 on, for instance 2026-11-21T09:30:00.000000";
        ParseError::new("time", text, reason)
    })
}

/// `#[serde(with = "required")]`: a time that is always there.
pub(super) mod required {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::Timestamp;

    pub(in crate::compat) fn serialize<S: Serializer>(
        at: &Timestamp,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::format(*at))
    }

    pub(in crate::compat) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Timestamp, D::Error> {
        super::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// As [`required`], for a time or null.
pub(super) mod optional {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::Timestamp;

    pub(in crate::compat) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.serialize_some(&super::format(*at)),
            None => to.serialize_none(),
        }
    }

    pub(in crate::compat) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| super::parse(&t)).transpose().map_err(serde::de::Error::custom)
    }
}
