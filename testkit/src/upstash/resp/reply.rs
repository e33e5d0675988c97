//! A reply of the server.

/// A reply in the forms of RESP2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// `+OK`
    Status(Vec<u8>),
    /// `-ERR …`, without the dash.
    Error(Vec<u8>),
    /// `:1`
    Integer(i64),
    /// `$3`; `None` for nil.
    Bulk(Option<Vec<u8>>),
    /// `*2`; `None` for nil.
    Array(Option<Vec<Self>>),
}

impl Reply {
    /// An error of the double's own.
    pub(crate) fn error(text: impl Into<Vec<u8>>) -> Self {
        Self::Error(text.into())
    }

    /// Reads the reply at the front of `bytes` and takes it out of them; `None` while a part of it
    /// has not come.
    ///
    /// # Errors
    ///
    /// For bytes that are not RESP2.
    pub(crate) fn take(bytes: &mut Vec<u8>) -> Result<Option<Self>, String> {
        let mut rest = bytes.as_slice();
        let Some(reply) = parse(&mut rest)? else {
            return Ok(None);
        };
        let used = bytes.len() - rest.len();
        bytes.drain(..used);
        Ok(Some(reply))
    }

    /// Appends the reply as RESP2.
    pub(crate) fn write(&self, wire: &mut Vec<u8>) {
        match self {
            Self::Status(text) => line(wire, b'+', text),
            Self::Error(text) => line(wire, b'-', text),
            Self::Integer(number) => line(wire, b':', number.to_string().as_bytes()),
            Self::Bulk(None) => line(wire, b'$', b"-1"),
            Self::Bulk(Some(text)) => {
                line(wire, b'$', text.len().to_string().as_bytes());
                wire.extend_from_slice(text);
                wire.extend_from_slice(b"\r\n");
            }
            Self::Array(None) => line(wire, b'*', b"-1"),
            Self::Array(Some(items)) => {
                line(wire, b'*', items.len().to_string().as_bytes());
                items.iter().for_each(|item| item.write(wire));
            }
        }
    }

    /// The items of a list; empty for anything else.
    pub(crate) fn into_items(self) -> Vec<Self> {
        if let Self::Array(Some(items)) = self { items } else { Vec::new() }
    }

    /// The text of a string or a status; empty for anything else.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Status(text) | Self::Error(text) | Self::Bulk(Some(text)) => {
                String::from_utf8_lossy(text).into_owned()
            }
            Self::Integer(number) => number.to_string(),
            Self::Bulk(None) | Self::Array(_) => String::new(),
        }
    }
}

fn line(wire: &mut Vec<u8>, kind: u8, text: &[u8]) {
    wire.push(kind);
    wire.extend_from_slice(text);
    wire.extend_from_slice(b"\r\n");
}

fn parse(rest: &mut &[u8]) -> Result<Option<Reply>, String> {
    let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let (head, tail) = rest.split_at(end);
    *rest = tail.get(2..).unwrap_or_default();
    let Some((kind, text)) = head.split_first() else {
        return Err("an empty line".to_owned());
    };
    Ok(match kind {
        b'+' => Some(Reply::Status(text.to_vec())),
        b'-' => Some(Reply::Error(text.to_vec())),
        b':' => Some(Reply::Integer(number(text)?)),
        b'$' => match usize::try_from(number(text)?) {
            Ok(length) => bulk(rest, length),
            Err(_) => Some(Reply::Bulk(None)),
        },
        b'*' => match usize::try_from(number(text)?) {
            Ok(length) => array(rest, length)?,
            Err(_) => Some(Reply::Array(None)),
        },
        other => return Err(format!("a reply of kind {:?}", char::from(*other))),
    })
}

fn bulk(rest: &mut &[u8], length: usize) -> Option<Reply> {
    let text = rest.get(..length)?.to_vec();
    *rest = rest.get(length + 2..)?;
    Some(Reply::Bulk(Some(text)))
}

fn array(rest: &mut &[u8], length: usize) -> Result<Option<Reply>, String> {
    let mut items = Vec::new();
    for _ in 0..length {
        let Some(item) = parse(rest)? else {
            return Ok(None);
        };
        items.push(item);
    }
    Ok(Some(Reply::Array(Some(items))))
}

fn number(text: &[u8]) -> Result<i64, String> {
    let text = String::from_utf8_lossy(text);
    text.parse().map_err(|_| format!("{text:?} where a number belongs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIRE: &[u8] =
        b"*7\r\n+OK\r\n-ERR no\r\n:-3\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n*1\r\n$0\r\n\r\n";

    #[test]
    fn every_form_is_read_and_written() {
        let mut bytes = [WIRE, b"+next"].concat();
        let reply = Reply::take(&mut bytes).unwrap().unwrap();
        assert_eq!(bytes, b"+next");
        let items = vec![
            Reply::Status(b"OK".to_vec()),
            Reply::error("ERR no"),
            Reply::Integer(-3),
            Reply::Bulk(Some(b"a\r\nb".to_vec())),
            Reply::Bulk(None),
            Reply::Array(None),
            Reply::Array(Some(vec![Reply::Bulk(Some(Vec::new()))])),
        ];
        assert_eq!(reply, Reply::Array(Some(items)));
        let mut wire = Vec::new();
        reply.write(&mut wire);
        assert_eq!(wire, WIRE);
    }

    #[test]
    fn a_part_is_not_read() {
        for length in 0..WIRE.len() {
            let mut part = WIRE[..length].to_vec();
            assert_eq!(Reply::take(&mut part), Ok(None), "{length}");
            assert_eq!(part.len(), length);
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        for bytes in ["\r\n", "HTTP/1.1 200\r\n", ":x\r\n"] {
            assert!(Reply::take(&mut bytes.as_bytes().to_vec()).is_err(), "{bytes}");
        }
    }
}
