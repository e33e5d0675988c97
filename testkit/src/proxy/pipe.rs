//! What is under way in one direction of a connection.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::tally::count;

/// Bytes that one direction holds at most before it stops reading.
const ROOM: usize = 1024 * 1024;

/// Reads in a row, so that a sender that never pauses does not hold up orders and other connections.
const BURST: usize = 64;

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    queue: VecDeque<Chunk>,
    held: usize,
    /// The sender has ended, and no more is read.
    ended: bool,
    /// The receiver has been told so.
    closed: bool,
}

/// Something to pass on, when it is due.
#[derive(Debug)]
struct Chunk {
    due: Duration,
    /// Empty for the end.
    bytes: Vec<u8>,
    /// How much of it has been passed on.
    sent: usize,
}

impl Pipe {
    /// Whether more is to be read.
    pub(super) fn reads(&self) -> bool {
        !self.ended && self.held < ROOM
    }

    /// Whether the end has been passed on.
    pub(super) fn closed(&self) -> bool {
        self.closed
    }

    /// When the next is due; `None` while nothing waits.
    pub(super) fn due(&self) -> Option<Duration> {
        self.queue.front().map(|chunk| chunk.due)
    }

    /// Reads what has arrived, as long as there is room, and gives each piece to `take`, which says
    /// what of it is to be passed on.
    pub(super) fn fill(
        &mut self,
        mut from: &TcpStream,
        due: Duration,
        mut take: impl FnMut(Vec<u8>) -> Vec<u8>,
    ) -> Result<()> {
        let mut buffer = [0; 16 * 1024];
        for _ in 0..BURST {
            if !self.reads() {
                break;
            }
            match from.read(&mut buffer) {
                Ok(0) => {
                    self.ended = true;
                    self.queue.push_back(Chunk { due, bytes: Vec::new(), sent: 0 });
                }
                Ok(length) => {
                    let bytes = take(buffer.get(..length).unwrap_or_default().to_vec());
                    if !bytes.is_empty() {
                        self.held += bytes.len();
                        self.queue.push_back(Chunk { due, bytes, sent: 0 });
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Passes on what is due until `horizon`, as far as the receiver takes it.
    pub(super) fn drain(
        &mut self,
        mut to: &TcpStream,
        horizon: Duration,
        passed: &mut u64,
    ) -> Result<()> {
        while let Some(chunk) = self.queue.front_mut().filter(|chunk| chunk.due <= horizon) {
            let rest = chunk.bytes.get(chunk.sent..).unwrap_or_default();
            if rest.is_empty() {
                if chunk.bytes.is_empty() {
                    to.shutdown(Shutdown::Write)?;
                    self.closed = true;
                }
                self.queue.pop_front();
                continue;
            }
            match to.write(rest) {
                Ok(length) => {
                    chunk.sent += length;
                    self.held -= length;
                    *passed += count(length);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Throws away what waits, but not the end; returns how many bytes that were.
    pub(super) fn discard(&mut self) -> u64 {
        self.queue.retain(|chunk| chunk.bytes.is_empty());
        count(std::mem::take(&mut self.held))
    }
}
