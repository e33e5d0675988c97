//! Reading an output stream: a bounded copy, and lines for the hook.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::outcome::Captured;
use super::spec::{LineHook, Stream};

/// A longer line goes to the hook in pieces of this size, so that a child
/// that never prints a newline cannot use up the memory.
const MAX_LINE: usize = 16 * 1024;

const CHUNK: usize = 8 * 1024;

/// Keeps the first and the last bytes of a stream and shows its lines.
pub(super) struct Collector<'a> {
    head_limit: usize,
    tail_limit: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
    complete: bool,
    lines: Option<Lines<'a>>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(limit: usize, stream: Stream, hook: Option<&'a LineHook>) -> Self {
        let head_limit = limit / 2;
        Self {
            head_limit,
            tail_limit: limit - head_limit,
            head: Vec::new(),
            tail: VecDeque::new(),
            dropped: 0,
            complete: false,
            lines: hook.map(|hook| Lines { stream, hook, partial: Vec::new() }),
        }
    }

    /// Reads `source` to its end.
    ///
    /// Cancel safe: what was read before has been collected.
    pub(super) async fn pump<R>(&mut self, source: Option<R>)
    where
        R: AsyncRead + Unpin,
    {
        let Some(mut source) = source else { return };
        let mut chunk = vec![0; CHUNK];
        // A read error leaves the capture marked as incomplete; how the child
        // ended is worth more to the caller than this failure.
        while let Ok(count) = source.read(&mut chunk).await {
            if count == 0 {
                self.complete = true;
                return;
            }
            self.push(&chunk[..count]);
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(lines) = &mut self.lines {
            lines.push(bytes);
        }
        let room = self.head_limit - self.head.len();
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(self.tail_limit);
        self.tail.drain(..excess);
        self.dropped += excess as u64;
    }

    /// What was kept. A last line without a newline goes to the hook now.
    pub(super) fn finish(self) -> Captured {
        if let Some(lines) = self.lines {
            lines.finish();
        }
        Captured {
            head: self.head,
            tail: self.tail.into(),
            dropped: self.dropped,
            complete: self.complete,
        }
    }
}

/// Cuts a stream into lines for the hook.
struct Lines<'a> {
    stream: Stream,
    hook: &'a LineHook,
    partial: Vec<u8>,
}

impl Lines<'_> {
    fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = MAX_LINE - self.partial.len();
            let window = &bytes[..room.min(bytes.len())];
            if let Some(end) = window.iter().position(|byte| *byte == b'\n') {
                self.partial.extend_from_slice(&bytes[..end]);
                bytes = &bytes[end + 1..];
                self.emit();
            } else {
                self.partial.extend_from_slice(window);
                bytes = &bytes[window.len()..];
                if self.partial.len() == MAX_LINE {
                    self.emit();
                }
            }
        }
    }

    fn emit(&mut self) {
        let line = self.partial.strip_suffix(b"\r").unwrap_or(&self.partial);
        (self.hook)(self.stream, &String::from_utf8_lossy(line));
        self.partial.clear();
    }

    fn finish(mut self) {
        if !self.partial.is_empty() {
            self.emit();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn collect(limit: usize, chunks: &[&[u8]]) -> Captured {
        let mut collector = Collector::new(limit, Stream::Stdout, None);
        for chunk in chunks {
            collector.push(chunk);
        }
        collector.finish()
    }

    #[test]
    fn keeps_everything_within_the_limit() {
        let captured = collect(8, &[b"abc", b"defgh"]);
        assert_eq!(captured.dropped(), 0);
        assert_eq!(captured.to_text(), "abcdefgh");
        assert_eq!(captured.into_bytes(), b"abcdefgh");
    }

    #[test]
    fn keeps_head_and_tail_beyond_the_limit() {
        let captured = collect(5, &[b"abc", b"defghij", b"k"]);
        assert_eq!(captured.head(), b"ab");
        assert_eq!(captured.tail(), b"ijk");
        assert_eq!(captured.dropped(), 6);
        assert_eq!(captured.to_text(), "ab\n[... 6 bytes left out ...]\nijk");
    }

    #[test]
    fn a_limit_of_zero_only_counts() {
        let captured = collect(0, &[b"abc"]);
        assert_eq!((captured.dropped(), captured.into_bytes().len()), (3, 0));
    }

    #[test]
    fn a_character_across_head_and_tail_survives() {
        assert_eq!(collect(2, &["é".as_bytes()]).to_text(), "é");
    }

    async fn lines(mut input: &[u8]) -> Vec<String> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let hook: LineHook =
            Arc::new(move |_, line: &str| sink.lock().unwrap().push(line.to_owned()));
        let mut collector = Collector::new(0, Stream::Stdout, Some(&hook));
        collector.pump(Some(&mut input)).await;
        assert!(collector.finish().is_complete());
        let seen = seen.lock().unwrap();
        seen.clone()
    }

    #[tokio::test]
    async fn lines_are_cut_and_the_last_needs_no_newline() {
        assert_eq!(lines(b"one\r\n\ntwo\xff\nrest").await, ["one", "", "two\u{fffd}", "rest"]);
        assert!(lines(b"").await.is_empty());
    }

    #[tokio::test]
    async fn an_endless_line_arrives_in_pieces() {
        let got = lines(&vec![b'x'; MAX_LINE * 2 + 1]).await;
        let lengths: Vec<usize> = got.iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE, MAX_LINE, 1]);
    }
}
