//! What `XINFO STREAM` tells.

use super::id::StreamId;
use crate::{Command, Reply, Result, server_error};

/// What a stream holds, and has held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    /// Entries in it.
    pub(super) length: u64,
    /// Entries ever added; some servers do not tell.
    pub(super) added: Option<u64>,
    /// The id of the last entry ever added.
    pub(super) last: StreamId,
    /// The id of the first entry in it.
    pub(super) first: Option<StreamId>,
}

impl Summary {
    pub(super) fn question(key: &str) -> Command {
        Command::new("XINFO").args(["STREAM", key])
    }

    /// Reads the answer; `None` where there is no such stream.
    pub(super) fn read(answer: Result<Reply>) -> Result<Option<Self>> {
        let reply = match answer {
            Err(error)
                if server_error(&error).is_some_and(|error| error.text() == "no such key") =>
            {
                return Ok(None);
            }
            answer => answer?,
        };
        let mut found = Self { length: 0, added: None, last: StreamId::ZERO, first: None };
        for (name, value) in reply.into_map()? {
            match name.into_text()?.as_str() {
                "length" => found.length = value.into_count()?,
                "entries-added" => found.added = Some(value.into_count()?),
                "last-generated-id" => found.last = value.into_text()?.parse()?,
                "first-entry" => {
                    let id = |entry: Reply| {
                        let [id, _] = entry.into_tuple()?;
                        id.into_text()?.parse()
                    };
                    found.first = value.into_option(id)?;
                }
                _ => {}
            }
        }
        Ok(Some(found))
    }

    /// Entries that were added and are there no more.
    pub(super) fn removed(&self) -> Option<u64> {
        self.added.map(|added| added.saturating_sub(self.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, ErrorKind, ServerError};

    fn text(text: &str) -> Reply {
        Reply::Bytes(text.to_owned().into())
    }

    #[test]
    fn the_summary_is_read_and_unknown_fields_are_passed_over() {
        let first = Reply::Array(vec![text("7-0"), Reply::Array(vec![text("m"), text("x")])]);
        let flat = Reply::Array(vec![
            text("length"),
            Reply::Int(2),
            text("radix-tree-keys"),
            Reply::Int(1),
            text("last-generated-id"),
            text("9-1"),
            text("entries-added"),
            Reply::Int(5),
            text("first-entry"),
            first,
            text("groups"),
            Reply::Int(0),
        ]);
        let found = Summary::read(Ok(flat)).unwrap().unwrap();
        assert_eq!((found.length, found.added, found.removed()), (2, Some(5), Some(3)));
        assert_eq!((found.last, found.first), (StreamId::new(9, 1), Some(StreamId::new(7, 0))));
    }

    #[test]
    fn a_missing_stream_is_none_and_any_other_refusal_an_error() {
        let refused = |line| {
            let error = Error::new(ErrorKind::Unexpected, "x");
            Err(error.with_source(ServerError::parse(line)))
        };
        assert_eq!(Summary::read(refused("ERR no such key")).unwrap(), None);
        assert!(Summary::read(refused("WRONGTYPE x")).is_err());
        let empty = Reply::Array(vec![text("first-entry"), Reply::Nil]);
        assert_eq!(Summary::read(Ok(empty)).unwrap().unwrap().first, None);
    }
}
