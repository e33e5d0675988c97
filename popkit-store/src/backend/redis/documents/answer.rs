//! What the scripts answer.

use std::collections::BTreeMap;

use popkit_redis::Reply;

use crate::backend::redis::classify::{convert, corrupt};
use crate::document::MAX_BYTES;
use crate::{Document, Error, ErrorKind, Result, Version, Versioned};

/// What a script answers that did not refuse.
#[derive(Debug)]
pub(super) enum Answer {
    /// It is done; what it brings.
    Done(Vec<Reply>),
    /// The page has these documents; the call must name them.
    Names(Vec<String>),
}

impl Answer {
    pub(super) fn read(reply: Reply) -> Result<Self> {
        let mut parts = reply.into_array().map_err(convert)?.into_iter();
        let mut next = || parts.next().unwrap_or(Reply::Nil);
        let word = text(next())?;
        Err(match word.as_str() {
            "ok" => return Ok(Self::Done(parts.collect())),
            "names" => {
                let names = next().into_array().map_err(convert)?;
                return Ok(Self::Names(names.into_iter().map(text).collect::<Result<_>>()?));
            }
            "conflict" => {
                let (name, version) = (text(next())?, next());
                let message = match version.into_option(Reply::into_count).map_err(convert)? {
                    Some(version) => format!("it is at version {version} now"),
                    None => "it does not exist (any more)".to_owned(),
                };
                Error::new(ErrorKind::Conflict, message).with("key", name)
            }
            "shape" => {
                let message = "the document is no list";
                Error::new(ErrorKind::Conflict, message).with("key", text(next())?)
            }
            "size" => {
                let (name, size) = (text(next())?, next().into_count().map_err(convert)?);
                let message = format!("the document has {size} bytes; the limit is {MAX_BYTES}");
                Error::new(ErrorKind::PayloadTooLarge, message).with("key", name)
            }
            "type" => {
                let (key, found) = (text(next())?, text(next())?);
                let message = format!(
                    "the key {key} holds a {found}, which is no document: rename it or delete it"
                );
                corrupt(message)
            }
            other => return Err(unexpected(format!("a script answered {other:?}"))),
        })
    }

    /// What it brings, of a script that never asks for names.
    pub(super) fn done<const N: usize>(self) -> Result<[Reply; N]> {
        let parts = match self {
            Self::Done(parts) => parts,
            Self::Names(_) => Vec::new(),
        };
        parts.try_into().map_err(|_| unexpected("a script answered too little or too much"))
    }
}

/// A document with its version, as `load` and `list` bring it.
pub(super) fn document(version: Reply, kind: Reply, value: Reply) -> Result<Versioned<Document>> {
    let value = match text(kind)?.as_str() {
        "string" => Document::Text(value.into_bytes().map_err(convert)?),
        "hash" => {
            let field = |(name, value): (Reply, Reply)| {
                let name = String::from_utf8(name.into_bytes().map_err(convert)?.into());
                let name = name.map_err(|_| corrupt("a field of a hash whose name is no UTF-8"))?;
                Ok((name, value.into_bytes().map_err(convert)?))
            };
            let pairs = value.into_map().map_err(convert)?;
            Document::Map(pairs.into_iter().map(field).collect::<Result<BTreeMap<_, _>>>()?)
        }
        _ => {
            let items = value.into_array().map_err(convert)?.into_iter();
            let items: popkit_redis::Result<_> = items.map(Reply::into_bytes).collect();
            Document::List(items.map_err(convert)?)
        }
    };
    Ok(Versioned::new(self::version(version)?, value))
}

pub(super) fn version(reply: Reply) -> Result<Version> {
    reply.into_count().map(Version::from_number).map_err(convert)
}

pub(super) fn text(reply: Reply) -> Result<String> {
    reply.into_text().map_err(convert)
}

fn unexpected(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unexpected, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list<const N: usize>(parts: [&str; N]) -> Reply {
        Reply::Array(parts.map(|part| Reply::Status(part.to_owned())).to_vec())
    }

    #[test]
    fn a_refusal_is_one_line_that_says_where() {
        for (answer, kind, part) in [
            (list(["conflict", "a", "7"]), ErrorKind::Conflict, "it is at version 7 now (key a)"),
            (list(["conflict", "a"]), ErrorKind::Conflict, "it does not exist"),
            (list(["shape", "a"]), ErrorKind::Conflict, "the document is no list (key a)"),
            (list(["size", "a", "9"]), ErrorKind::PayloadTooLarge, "has 9 bytes"),
            (list(["type", "pop:a", "zset"]), ErrorKind::Corrupt, "the key pop:a holds a zset"),
            (list(["other"]), ErrorKind::Unexpected, "\"other\""),
            (list(["conflict"]), ErrorKind::Unexpected, "the server answered nothing"),
            (Reply::Nil, ErrorKind::Unexpected, "the server answered nothing"),
        ] {
            let error = Answer::read(answer).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(error.to_string().lines().count(), 1);
        }
        assert!(Answer::read(list(["ok", "1"])).unwrap().done::<2>().is_err());
        assert!(Answer::read(Reply::Array(vec![Reply::Nil])).is_err());
    }

    #[test]
    fn a_field_that_is_no_text_is_damage() {
        let bytes = |bytes: &'static [u8]| Reply::Bytes(bytes.into());
        let value = Reply::Array(vec![bytes(b"\xff"), bytes(b"x")]);
        let error = document(Reply::Int(1), bytes(b"hash"), value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
}
