//! Spans of time as text: `250ms`, `90s`, `1h30m`.
//!
//! Units are `d`, `h`, `m`, `s`, `ms`, `us` and `ns`, largest first, each at most once.
//! [`serde`](self::text) keeps spans in this form, exactly.

use std::fmt::Write as _;
use std::time::Duration;

use crate::ParseError;

const UNITS: [(&str, u128); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// The text of a span; [`parse`] gives the same span back.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(popkit_protocol::duration::format(Duration::from_secs(5400)), "1h30m");
/// ```
#[must_use]
pub fn format(span: Duration) -> String {
    let mut rest = span.as_nanos();
    let mut text = String::new();
    for (unit, nanos) in UNITS {
        let count = rest / nanos;
        rest %= nanos;
        if count > 0 {
            let _ = write!(text, "{count}{unit}");
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// Reads a span.
///
/// # Errors
///
/// [`ParseError`] where a number has no unit, a unit is unknown or out of order, or the
/// sum is beyond what a [`Duration`] holds.
pub fn parse(text: &str) -> Result<Duration, ParseError> {
    let refuse = |reason: &str| ParseError::new("duration", text, reason);
    let example = "write a number and a unit (d h m s ms us ns), for instance 90s or 1h30m";
    let mut rest = text.trim();
    let mut total: u128 = 0;
    let mut next_unit = 0;
    if rest.is_empty() {
        return Err(refuse(example));
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at(letters);
        let count: u128 = number.parse().map_err(|_| refuse(example))?;
        let Some(place) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(refuse(example));
        };
        if place < next_unit {
            return Err(refuse("units go from the largest to the smallest, each once"));
        }
        next_unit = place + 1;
        total = UNITS
            .get(place)
            .and_then(|(_, nanos)| count.checked_mul(*nanos))
            .and_then(|span| total.checked_add(span))
            .ok_or_else(|| refuse("it is too long"))?;
        rest = tail.trim_start();
    }
    let secs = u64::try_from(total / 1_000_000_000).map_err(|_| refuse("it is too long"))?;
    let nanos = u32::try_from(total % 1_000_000_000).unwrap_or_default();
    Ok(Duration::new(secs, nanos))
}

/// `#[serde(with = "popkit_protocol::duration::text")]`: a span as its text.
pub mod text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the span as text.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::format(*span))
    }

    /// Reads the span from text.
    ///
    /// # Errors
    ///
    /// Those of the deserializer, and text that is no span.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        super::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// As [`text`], for an optional span.
pub mod optional {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the span as text, or null.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(span: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => to.serialize_some(&super::format(*span)),
            None => to.serialize_none(),
        }
    }

    /// Reads the span from text, or null.
    ///
    /// # Errors
    ///
    /// Those of the deserializer, and text that is no span.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| super::parse(&t)).transpose().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_texts() {
        for (text, millis) in [("250ms", 250), ("90s", 90_000), ("1h30m", 5_400_000), ("0s", 0)] {
            let span = Duration::from_millis(millis);
            assert_eq!(parse(text).unwrap(), span, "{text}");
            assert_eq!(parse(&format(span)).unwrap(), span);
        }
        assert_eq!(parse(" 2m 30s ").unwrap(), Duration::from_secs(150));
        for bad in
            ["", "5", "s", "-5s", "1.5h", "5 s", "30s1m", "1s1s", "5w", "9999999999999999999999d"]
        {
            assert!(parse(bad).is_err(), "{bad:?} was accepted");
        }
    }

    proptest! {
        #[test]
        fn every_span_survives_its_text(secs in any::<u64>(), nanos in 0..1_000_000_000_u32) {
            let span = Duration::new(secs, nanos);
            prop_assert_eq!(parse(&format(span)).unwrap(), span);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse(&text);
        }
    }
}
