//! A limit on what the parser of events has to hold.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;

/// The most that one event, or one comment, may have, in bytes. The parser has no limit of its
/// own.
pub(super) const EVENT_LIMIT: usize = 1024 * 1024;

/// The bytes of an event stream, until one event is too large.
pub(super) struct Capped {
    bytes: Incoming,
    size: Size,
}

type Incoming = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

impl Capped {
    pub(super) fn new(bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static) -> Self {
        Self { bytes: Box::pin(bytes), size: Size::default() }
    }
}

impl Stream for Capped {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(chunk) = ready!(self.bytes.as_mut().poll_next(context)) else {
            return Poll::Ready(None);
        };
        let chunk = chunk.map_err(|error| io::Error::other(error.without_url()))?;
        self.size.take(&chunk);
        if self.size.most > EVENT_LIMIT {
            return Poll::Ready(Some(Err(io::Error::other("an event is too large"))));
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}

/// Counts the bytes since the last empty line. Lines end as the format allows: LF, CR, or both.
#[derive(Debug, Default)]
struct Size {
    event: usize,
    most: usize,
    line: usize,
    was_cr: bool,
}

impl Size {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if self.was_cr => self.was_cr = false,
                b'\n' | b'\r' => {
                    if self.line == 0 {
                        self.event = 0;
                    }
                    self.line = 0;
                    self.was_cr = *byte == b'\r';
                }
                _ => {
                    self.was_cr = false;
                    self.line += 1;
                    self.event += 1;
                    self.most = self.most.max(self.event);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(parts: &[&str]) -> usize {
        let mut size = Size::default();
        parts.iter().for_each(|part| size.take(part.as_bytes()));
        size.most
    }

    #[test]
    fn an_event_ends_with_an_empty_line_however_lines_end() {
        for end in ["\n", "\r\n", "\r"] {
            let event = format!("data: abcd{end}{end}");
            assert_eq!(most(&[&event, &event, &event]), 10, "{end:?}");
            let two = format!("data: a{end}data: b{end}{end}");
            assert_eq!(most(&[&two, &two]), 14, "{end:?}");
        }
        assert_eq!(most(&["data: abcd\r", "\n\r", "\ndata: abcd\r\n\r\n"]), 10);
        assert_eq!(most(&[":ping\n\n", ":ping\n\n"]), 5);
    }

    #[test]
    fn what_never_ends_is_counted_on() {
        assert_eq!(most(&["data: ", "aaaa", "bbbb"]), 14);
        assert_eq!(most(&["data: a\n", "data: a\n", "data: a\n"]), 21);
    }
}
