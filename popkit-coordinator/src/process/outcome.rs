//! How a child ended and what it printed.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exit {
    /// It ended by itself with this exit code; 0 is success.
    ///
    /// 127 and 126 can also mean that the command vanished or lost its
    /// permission to be executed between the check and the start; standard
    /// error says so then.
    Code(i32),
    /// It was killed by this signal, which the runner did not send.
    ///
    /// The shim passes this on as shells do, as exit code 128 + signal. So a
    /// program that itself exits with a code in 129..=159 is reported as
    /// killed by signal 1..=31 too.
    Signal(i32),
    /// It ran for longer than its timeout and was stopped.
    TimedOut,
    /// It was stopped because the caller's cancellation completed.
    Cancelled,
}

impl Exit {
    /// Whether the child ended by itself with exit code 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Self::Code(0)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "killed by signal {signal}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

/// A child that has ended, with its whole process group.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// What it printed on standard output.
    pub stdout: Captured,
    /// What it printed on standard error.
    pub stderr: Captured,
    /// From just before its start until it had ended, by the runtime's clock.
    pub elapsed: Duration,
}

/// The kept part of one output stream: its beginning and its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    pub(super) head: Vec<u8>,
    pub(super) tail: Vec<u8>,
    pub(super) dropped: u64,
    pub(super) complete: bool,
}

impl Captured {
    /// The first bytes of the stream, at most half of the limit.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The last bytes of the stream that are not in the head.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// How many bytes between head and tail were not kept.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether the stream was read to its end.
    ///
    /// `false` when a process that had left the group still held the stream
    /// open; what it prints later is not seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// All kept bytes. Where some were dropped, head and tail just meet.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.head;
        bytes.extend_from_slice(&self.tail);
        bytes
    }

    /// The kept text, invalid UTF-8 replaced, with a line in place of the
    /// dropped bytes that says how many there were.
    #[must_use]
    pub fn to_text(&self) -> String {
        if self.dropped == 0 {
            // In one piece: a character may lie across head and tail.
            let bytes = [self.head.as_slice(), self.tail.as_slice()].concat();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let (head, tail) = (lossy(&self.head), lossy(&self.tail));
        let dropped = self.dropped;
        format!("{head}\n[... {dropped} bytes left out ...]\n{tail}")
    }
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
