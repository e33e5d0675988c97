//! A client's connection and the one to the server that belongs to it.

use std::io::{Error, Result};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::net::sockopt::set_socket_linger;

use super::mode::Mode;
use super::pipe::Pipe;
use super::tally::{Tally, count};

/// How long the server's system may take to accept; on loopback it does at once.
const CONNECT: Duration = Duration::from_secs(2);

/// Both connections, with what is under way between them.
#[derive(Debug)]
pub(super) struct Pair {
    client: TcpStream,
    /// Absent until the mode lets something through.
    server: Option<TcpStream>,
    up: Pipe,
    down: Pipe,
    /// Replies are missing: what the server sends next would be taken for them.
    torn: bool,
    /// To be reset as soon as what waits for the client has been passed on.
    doomed: bool,
}

/// What became of a pair.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes on.
    Open,
    /// Both sides have ended in good order.
    Closed,
    /// It has to be reset.
    Broken,
}

impl Pair {
    pub(super) fn new(client: TcpStream) -> Result<Self> {
        client.set_nonblocking(true)?;
        client.set_nodelay(true)?;
        let (up, down) = (Pipe::default(), Pipe::default());
        Ok(Self { client, server: None, up, down, torn: false, doomed: false })
    }

    /// Moves what can be moved. `mode` changes when this was the connection to cut.
    pub(super) fn pump(
        &mut self,
        mode: &mut Mode,
        now: Duration,
        upstream: SocketAddr,
        tally: &mut Tally,
    ) -> Fate {
        if *mode == Mode::BlackHole {
            return Fate::Open;
        }
        if self.torn && *mode != Mode::DropReplies {
            return Fate::Broken;
        }
        match self.exchange(mode, now, upstream, tally) {
            Err(_) => Fate::Broken,
            Ok(()) if self.doomed && self.down.due().is_none() => Fate::Broken,
            Ok(()) if self.up.closed() && self.down.closed() => Fate::Closed,
            Ok(()) => Fate::Open,
        }
    }

    fn exchange(
        &mut self,
        mode: &mut Mode,
        now: Duration,
        upstream: SocketAddr,
        tally: &mut Tally,
    ) -> Result<()> {
        let server = match self.server.take() {
            Some(server) => server,
            None => connect(upstream)?,
        };
        let server = &*self.server.insert(server);
        let due = mode.due(now);
        if *mode == Mode::DropReplies {
            let waiting = self.down.discard();
            tally.dropped += waiting;
            self.torn |= waiting > 0;
        }
        if !self.doomed {
            self.up.fill(&self.client, due, |bytes| bytes)?;
            let (torn, doomed) = (&mut self.torn, &mut self.doomed);
            self.down.fill(server, due, |bytes| {
                let came = bytes.len();
                let kept = sift(mode, bytes, torn, doomed);
                tally.dropped += count(came - kept.len());
                kept
            })?;
        }
        let horizon = mode.horizon(now);
        self.up.drain(server, horizon, &mut tally.up)?;
        self.down.drain(&self.client, horizon, &mut tally.down)
    }

    /// What to wait for on both sides; nothing where it would be acted upon too early.
    pub(super) fn interests(
        &self,
        mode: Mode,
        now: Duration,
    ) -> [Option<(&TcpStream, PollFlags)>; 2] {
        if mode == Mode::BlackHole {
            return [None, None];
        }
        let horizon = mode.horizon(now);
        let flags = |reads: &Pipe, writes: &Pipe| {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::IN, reads.reads() && !self.doomed);
            flags.set(PollFlags::OUT, writes.due().is_some_and(|due| due <= horizon));
            flags
        };
        let client = (&self.client, flags(&self.up, &self.down));
        let server = self.server.as_ref().map(|server| (server, flags(&self.down, &self.up)));
        // A socket that has hung up would end every wait, also one for nothing.
        [Some(client), server].map(|side| side.filter(|(_, flags)| !flags.is_empty()))
    }

    /// When something falls due that is not due yet.
    pub(super) fn next_due(&self, now: Duration) -> Option<Duration> {
        [&self.up, &self.down].into_iter().filter_map(Pipe::due).filter(|due| *due > now).min()
    }

    /// Ends both connections with RST: what is under way is lost, and both sides notice.
    pub(super) fn reset(self) {
        for side in [Some(self.client), self.server].into_iter().flatten() {
            // Fails only for a socket that is gone. Closing does the rest.
            let _ = set_socket_linger(&side, Some(Duration::ZERO));
        }
    }
}

/// What of the server's bytes is passed on.
fn sift(mode: &mut Mode, mut bytes: Vec<u8>, torn: &mut bool, doomed: &mut bool) -> Vec<u8> {
    match mode {
        Mode::DropReplies => {
            *torn = true;
            bytes.clear();
        }
        // What the same wake-up brings after the cut is cut off with it.
        _ if *doomed => bytes.clear(),
        Mode::Cut { left } => match usize::try_from(*left) {
            Ok(room) if room < bytes.len() => {
                bytes.truncate(room);
                *doomed = true;
                *mode = Mode::Pass;
            }
            _ => *left -= count(bytes.len()),
        },
        Mode::Pass | Mode::Delay(_) | Mode::Refuse | Mode::BlackHole => {}
    }
    bytes
}

fn connect(upstream: SocketAddr) -> Result<TcpStream> {
    let server = TcpStream::connect_timeout(&upstream, CONNECT)?;
    server.set_nonblocking(true)?;
    server.set_nodelay(true)?;
    if server.local_addr()? == upstream {
        // With nobody listening, a connection from the port to itself is one to nobody.
        return Err(Error::other("connected to itself"));
    }
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_counts_over_all_pieces_and_happens_once() {
        let (mut mode, mut torn, mut doomed) = (Mode::Cut { left: 5 }, false, false);
        let mut sift = |bytes: &[u8]| sift(&mut mode, bytes.to_vec(), &mut torn, &mut doomed);
        assert_eq!([sift(b"abc"), sift(b"de")], [b"abc".to_vec(), b"de".to_vec()]);
        assert_eq!([sift(b"fg"), sift(b"h")], [Vec::<u8>::new(), Vec::new()]);
        assert_eq!((mode, torn, doomed), (Mode::Pass, false, true));
    }
}
