//! What a server answers.

use std::fmt;
use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// One answer, read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A simple or bulk string, with U+FFFD for what is not UTF-8.
    Text(String),
    /// An error, such as `ERR unknown command 'X'`.
    Error(String),
    /// A number.
    Integer(i64),
    /// Nothing.
    Nil,
    /// Several answers.
    List(Vec<Self>),
}

impl Reply {
    /// Reads one answer.
    pub(super) fn read(from: &mut impl BufRead) -> Result<Self> {
        let line = line(from)?;
        let mut text = line.chars();
        let mark = text.next();
        let rest = text.as_str();
        match mark {
            Some('+') => Ok(Self::Text(rest.to_owned())),
            Some('-') => Ok(Self::Error(rest.to_owned())),
            Some(':') => Ok(Self::Integer(number(rest)?)),
            Some('$') => bulk(from, number(rest)?),
            Some('*') => list(from, number(rest)?),
            _ => Err(broken(&line)),
        }
    }

    /// The lines of a text; empty for every other answer.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        let text = if let Self::Text(text) = self { text.as_str() } else { "" };
        text.lines()
    }

    /// The value of a field: of `name:value` lines (`INFO`), or of a list of names and values.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        if let Self::List(items) = self {
            return items.chunks_exact(2).find_map(|pair| match pair {
                [Self::Text(key), Self::Text(value)] if key == name => Some(value.as_str()),
                _ => None,
            });
        }
        self.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }
}

/// As `redis-cli` prints it into a pipe: a line per element, numbers bare. Nothing is `(nil)`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Error(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Nil => f.write_str("(nil)"),
            Self::List(items) => items.iter().enumerate().try_for_each(|(index, item)| {
                let gap = if index == 0 { "" } else { "\n" };
                write!(f, "{gap}{item}")
            }),
        }
    }
}

/// A line without its end.
fn line(from: &mut impl BufRead) -> Result<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    match line.strip_suffix(b"\r\n") {
        Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
        None => Err(Error::new(ErrorKind::UnexpectedEof, "the server has closed the connection")),
    }
}

fn bulk(from: &mut impl BufRead, length: i64) -> Result<Reply> {
    // -1 is how RESP2 says that there is nothing.
    let Ok(length) = u64::try_from(length) else {
        return Ok(Reply::Nil);
    };
    let mut bytes = Vec::new();
    from.by_ref().take(length).read_to_end(&mut bytes)?;
    match line(from)?.as_str() {
        "" => Ok(Reply::Text(String::from_utf8_lossy(&bytes).into_owned())),
        more => Err(broken(more)),
    }
}

fn list(from: &mut impl BufRead, length: i64) -> Result<Reply> {
    if length < 0 {
        return Ok(Reply::Nil);
    }
    (0..length).map(|_| Reply::read(from)).collect::<Result<Vec<_>>>().map(Reply::List)
}

fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| broken(text))
}

fn broken(text: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("not an answer of a Redis server: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut wire: &[u8]) -> Result<Reply> {
        Reply::read(&mut wire)
    }

    fn shown(wire: &[u8]) -> String {
        read(wire).unwrap().to_string()
    }

    #[test]
    fn every_kind_is_read_and_shown() {
        assert_eq!(shown(b"+OK\r\n"), "OK");
        assert_eq!(shown(b"-ERR no\r\n"), "ERR no");
        assert_eq!(shown(b":-7\r\n"), "-7");
        assert_eq!(shown(b"$4\r\na\r\nb\r\n"), "a\r\nb");
        assert_eq!(shown(b"$-1\r\n"), "(nil)");
        assert_eq!(shown(b"*-1\r\n"), "(nil)");
        assert_eq!(shown(b"*0\r\n"), "");
        assert_eq!(shown(b"*2\r\n*2\r\n:1\r\n:2\r\n$1\r\nx\r\n"), "1\n2\nx");
    }

    #[test]
    fn fields_are_found_in_lines_and_in_lists() {
        let info = Reply::Text("# Server\r\nrole:master\r\nrole_x:2\r\n".to_owned());
        assert_eq!((info.field("role"), info.field("rol")), (Some("master"), None));
        let list = read(b"*4\r\n$4\r\nname\r\n$1\r\nm\r\n$2\r\nip\r\n$1\r\ni\r\n").unwrap();
        assert_eq!((list.field("ip"), list.field("m")), (Some("i"), None));
    }

    #[test]
    fn what_is_cut_off_or_foreign_is_an_error() {
        for wire in [&b""[..], b"+OK", b"$4\r\nab", b"*2\r\n:1\r\n"] {
            assert_eq!(read(wire).unwrap_err().kind(), ErrorKind::UnexpectedEof, "{wire:?}");
        }
        for wire in [&b"HTTP/1.1 200\r\n"[..], b":x\r\n", b"$1\r\nab\r\n", b"\r\n"] {
            assert_eq!(read(wire).unwrap_err().kind(), ErrorKind::InvalidData, "{wire:?}");
        }
    }
}
