//! What is checked before a message is read: its size, its depth, and that it is JSON whose
//! keys are there once.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::error::{CodecError, CodecErrorKind};
use crate::limits;

/// How large and how deep a message may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a whole message.
    pub bytes: usize,
    /// Objects and lists open at once, the message itself included.
    pub depth: usize,
}

impl Limits {
    /// The greatest depth that can be asked for: what is deeper is read by recursion.
    pub const DEEPEST: usize = 100;

    /// With another limit of bytes.
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// With another limit of depth, 1 to [`DEEPEST`](Self::DEEPEST); what lies outside becomes
    /// the nearest of these.
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth.clamp(1, Self::DEEPEST);
        self
    }

    /// Checks size and depth before anything is parsed, then that the whole is one JSON value
    /// without a key that is there twice. Gives the text back.
    pub(crate) fn check(self, bytes: &[u8]) -> Result<&str, CodecError> {
        if bytes.len() > self.bytes {
            let reason = format!(
                "it has {} bytes, the limit is {}; send large content as a file and name it",
                bytes.len(),
                self.bytes
            );
            return Err(CodecError::new(CodecErrorKind::TooLarge, reason));
        }
        let limit = self.depth.min(Self::DEEPEST);
        if exceeds(bytes, limit) {
            let reason = format!("it is nested deeper than {limit}; flatten it or send it as text");
            return Err(CodecError::new(CodecErrorKind::TooDeep, reason));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|e| malformed(&format!("it is not UTF-8 from byte {} on", e.valid_up_to())))?;
        let Unique = serde_json::from_str(text).map_err(|e| malformed(&e.to_string()))?;
        Ok(text)
    }
}

impl Default for Limits {
    /// 256 KiB and a depth of 32.
    fn default() -> Self {
        Self { bytes: limits::MESSAGE_BYTES, depth: limits::MESSAGE_DEPTH }
    }
}

fn malformed(reason: &str) -> CodecError {
    CodecError::new(CodecErrorKind::Malformed, format!("expected one JSON object: {reason}"))
}

/// Whether more than `limit` brackets are open at once. Reads each byte once, also of what
/// is no JSON.
fn exceeds(bytes: &[u8], limit: usize) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// A JSON value in which no object has a key twice: two readers could take one of them each.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unique, A::Error> {
        while let Some(Unique) = seq.next_element()? {}
        Ok(Unique)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some((key, Unique)) = map.next_entry::<String, Unique>()? {
            if seen.contains(&key) {
                let shown = limits::cut(&key, 80);
                let reason = format!("the key {shown:?} is there twice; send it once");
                return Err(serde::de::Error::custom(reason));
            }
            seen.insert(key);
        }
        Ok(Unique)
    }
}

#[cfg(test)]
#[path = "limits/tests.rs"]
mod tests;
