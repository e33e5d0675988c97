//! The kinds of faults.

use std::time::Duration;

/// What goes wrong with a request for commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing runs; this status, such as 502, with a page of HTML as proxies send it.
    Status(u16),
    /// Nothing runs; status 429 with this many seconds in `Retry-After`.
    TooManyRequests {
        /// Seconds until the client may ask again.
        retry_after: u64,
    },
    /// Nothing runs; the service's own error of this status and text, such as 400 and
    /// `ERR DB capacity quota exceeded`.
    Error(u16, &'static str),
    /// Nothing wrong, but this much later.
    Delay(Duration),
    /// The connection closes, and nothing has run.
    CloseBefore,
    /// Everything runs, and the connection closes without an answer.
    CloseAfter,
    /// Everything runs, and the connection closes in the middle of the answer.
    CutBody,
    /// Everything runs, and the answer is the first half of its JSON, as if that were all.
    InvalidJson,
    /// Everything runs, and every string of the answer is something that is not base64.
    WrongBase64,
}

/// What goes wrong with a stream of events. What is told when a subscription begins is an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamFault {
    /// There is no stream; this status, with a page of HTML.
    Status(u16),
    /// The stream ends in good order after this many events.
    CloseAfter(u64),
    /// The connection closes after this many events.
    CutAfter(u64),
    /// Nothing comes after this many events, and the connection stays open.
    SilentAfter(u64),
    /// The event with this number, from 1, comes twice.
    Duplicate(u64),
}
