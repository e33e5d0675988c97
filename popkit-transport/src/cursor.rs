//! Where a reader is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use popkit_protocol::{Channel, ProducerId};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// Where a message stands in its channel, in the backend's own words: 1 to 64 lower-case
/// letters, digits, `.` and `-`. Only the backend that made it can compare two.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Position(String);

impl Position {
    /// Checks and takes the text.
    ///
    /// # Errors
    ///
    /// `InvalidInput`.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text));
        }
        let shown = popkit_protocol::limits::cut(&text, 80);
        let message = format!("{shown:?} is no position; use one that a reader gave");
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Position {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<Position> for String {
    fn from(position: Position) -> Self {
        position.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Position({})", self.0)
    }
}

/// How far one channel was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The last position that was read.
    pub position: Position,
    /// The last sequence seen of each producer, of those heard last: by them a repeat is
    /// recognised by the next reader, too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub producers: BTreeMap<ProducerId, u64>,
    /// Those of them of which nothing was read since a gap was told: a jump in their numbers is
    /// no news to the next reader either. Others in it mean nothing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsure: BTreeSet<ProducerId>,
}

impl Place {
    /// A place where nothing is known of producers.
    #[must_use]
    pub fn at(position: Position) -> Self {
        Self { position, producers: BTreeMap::new(), unsure: BTreeSet::new() }
    }
}

/// How far a reader has read each of its channels. As text it is JSON, to be saved wherever
/// the reader keeps its state; read with [`str::parse`].
///
/// Save it after the messages were handled: after a crash the ones in between are read
/// again, and none is lost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(BTreeMap<Channel, Place>);

impl Cursor {
    /// Of no channel.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How far this channel was read.
    #[must_use]
    pub fn get(&self, channel: &Channel) -> Option<&Place> {
        self.0.get(channel)
    }

    /// Sets how far a channel was read.
    pub fn set(&mut self, channel: Channel, place: Place) {
        self.0.insert(channel, place);
    }

    /// All channels.
    pub fn iter(&self) -> impl Iterator<Item = (&Channel, &Place)> {
        self.0.iter()
    }
}

impl FromIterator<(Channel, Place)> for Cursor {
    fn from_iter<I: IntoIterator<Item = (Channel, Place)>>(places: I) -> Self {
        Self(places.into_iter().collect())
    }
}

impl IntoIterator for Cursor {
    type Item = (Channel, Place);
    type IntoIter = std::collections::btree_map::IntoIter<Channel, Place>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            let message = format!("not a cursor: {error}; use one that a reader gave");
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let mut place = Place::at(Position::new("ab.12-3").unwrap());
        place.producers.insert(ProducerId::from_bits(7), 41);
        place.unsure.insert(ProducerId::from_bits(7));
        let cursor = Cursor::from_iter([
            (Channel::new("pop:{a}:results").unwrap(), place),
            (Channel::new("tasks:new").unwrap(), Place::at(Position::new("0").unwrap())),
        ]);
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        assert_eq!("{}".parse::<Cursor>().unwrap(), Cursor::new());
    }

    #[test]
    fn a_cursor_of_before_anybody_was_unsure_is_read() {
        let producer = ProducerId::from_bits(7);
        let text = format!(r#"{{"a":{{"position":"1","producers":{{"{producer}":41}}}}}}"#);
        let cursor: Cursor = text.parse().unwrap();
        let place = cursor.get(&Channel::new("a").unwrap()).unwrap();
        assert_eq!((place.producers.get(&producer), place.unsure.len()), (Some(&41), 0));
        assert_eq!(cursor.to_string(), text);
    }

    #[test]
    fn what_is_no_cursor_is_refused_with_the_reason() {
        for bad in [
            "",
            "[]",
            r#"{"a b": {"position": "1"}}"#,
            r#"{"a": {"position": "1/2"}}"#,
            r#"{"a": {"position": "1", "unsure": ["me"]}}"#,
        ] {
            let error = bad.parse::<Cursor>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}: {error}");
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
        }
    }
}
