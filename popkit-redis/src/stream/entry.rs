//! Entries, and how they are read from an answer.

use bytes::Bytes;

use super::id::StreamId;
use crate::{Reply, Result};

/// An entry of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its id.
    pub id: StreamId,
    /// Its fields, in the order they were written.
    pub fields: Vec<(Bytes, Bytes)>,
}

impl Entry {
    /// The first field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Bytes> {
        self.fields.iter().find(|(key, _)| key == name.as_bytes()).map(|(_, value)| value)
    }

    /// Reads one entry, as `XRANGE` and `XREAD` list them.
    ///
    /// # Errors
    ///
    /// `Unexpected` for an answer of another form.
    pub fn read(reply: Reply) -> Result<Self> {
        let [id, fields] = reply.into_tuple()?;
        let id = id.into_text()?.parse()?;
        // The entry is deleted while someone's group still lists it.
        let fields = fields.into_option(Reply::into_map)?.unwrap_or_default();
        let pair = |(name, value): (Reply, Reply)| Ok((name.into_bytes()?, value.into_bytes()?));
        Ok(Self { id, fields: fields.into_iter().map(pair).collect::<Result<_>>()? })
    }

    /// Reads a list of entries: the answer of `XRANGE` and `XREVRANGE`.
    ///
    /// # Errors
    ///
    /// `Unexpected` for an answer of another form.
    pub fn read_list(reply: Reply) -> Result<Vec<Self>> {
        reply.into_array()?.into_iter().map(Self::read).collect()
    }
}

/// Reads the answer of `XREAD`: entries by the key of their stream. Nothing where a block
/// passed.
pub(super) fn read_streams(reply: Reply) -> Result<Vec<(Bytes, Vec<Entry>)>> {
    let streams = reply.into_option(Reply::into_map)?.unwrap_or_default();
    let stream =
        |(key, entries): (Reply, Reply)| Ok((key.into_bytes()?, Entry::read_list(entries)?));
    streams.into_iter().map(stream).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Reply {
        Reply::Bytes(Bytes::copy_from_slice(text.as_bytes()))
    }

    fn list(items: impl IntoIterator<Item = Reply>) -> Reply {
        Reply::Array(items.into_iter().collect())
    }

    fn entries() -> Reply {
        list([
            list([text("5-0"), list([text("m"), text("hello"), text("p"), text("x")])]),
            list([text("5-1"), list([])]),
        ])
    }

    #[test]
    fn both_protocols_are_read_alike() {
        let pairs = list([list([text("a"), entries()])]);
        let map = Reply::Map(vec![(text("a"), entries())]);
        let read = read_streams(pairs).unwrap();
        assert_eq!(read, read_streams(map).unwrap());
        let (key, entries) = &read[0];
        assert_eq!((&key[..], entries.len()), (&b"a"[..], 2));
        assert_eq!(entries[0].id, StreamId::new(5, 0));
        assert_eq!(entries[0].field("p").map(|value| &value[..]), Some(&b"x"[..]));
        assert_eq!(entries[1].field("p"), None);
    }

    #[test]
    fn a_block_that_passed_gives_nothing() {
        assert!(read_streams(Reply::Nil).unwrap().is_empty());
        assert!(read_streams(list([])).unwrap().is_empty());
    }

    #[test]
    fn another_form_is_refused() {
        assert!(read_streams(text("x")).is_err());
        assert!(read_streams(list([list([text("a"), list([text("5-0")])])])).is_err());
        assert!(
            read_streams(list([list([text("a"), list([list([text("x"), list([])])])])])).is_err()
        );
    }
}
