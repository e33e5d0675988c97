//! The thread that moves all bytes.

use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::mode::{Mode, Order, Request};
use super::pair::{Fate, Pair};
use super::tally::{Tally, count};
use crate::stopwatch::Stopwatch;

/// Everything that the thread owns.
#[derive(Debug)]
pub(super) struct Engine {
    /// Where clients connect; does not block.
    pub(super) listener: TcpListener,
    /// The server.
    pub(super) upstream: SocketAddr,
    /// Orders, each announced by a byte on `wake`, which does not block.
    pub(super) orders: Receiver<Request>,
    /// The other end of the test's side.
    pub(super) wake: UnixStream,
    /// What has been counted so far.
    pub(super) tally: Tally,
}

impl Engine {
    /// Works until the order to stop, or until the test's side is gone.
    pub(super) fn run(mut self) {
        let clock = Stopwatch::start();
        let mut mode = Mode::Pass;
        let mut pairs: Vec<Pair> = Vec::new();
        loop {
            self.wait(&pairs, mode, clock.elapsed());
            // Before anything is moved, so that an order holds for all that was sent after it.
            if !self.obey(&mut mode, &mut pairs) {
                pairs.into_iter().for_each(Pair::reset);
                return;
            }
            self.accept(mode, &mut pairs);
            let now = clock.elapsed();
            let mut open = Vec::with_capacity(pairs.len());
            for mut pair in pairs {
                match pair.pump(&mut mode, now, self.upstream, &mut self.tally) {
                    Fate::Open => open.push(pair),
                    Fate::Closed => {}
                    Fate::Broken => pair.reset(),
                }
            }
            pairs = open;
        }
    }

    /// Sleeps until something can be done.
    fn wait(&self, pairs: &[Pair], mode: Mode, now: Duration) {
        let mut sockets = vec![
            PollFd::new(&self.listener, PollFlags::IN),
            PollFd::new(&self.wake, PollFlags::IN),
        ];
        let sides = pairs.iter().flat_map(|pair| pair.interests(mode, now)).flatten();
        sockets.extend(sides.map(|(side, flags)| PollFd::new(side, flags)));
        let due = pairs.iter().filter_map(|pair| pair.next_due(now)).min();
        let timeout = due
            .filter(|_| matches!(mode, Mode::Delay(_)))
            .and_then(|due| Timespec::try_from(due - now).ok());
        match poll(&mut sockets, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => panic!("the proxy cannot wait for its sockets: {error}"),
        }
    }

    /// Carries out the orders that have come; `false` to end.
    fn obey(&mut self, mode: &mut Mode, pairs: &mut Vec<Pair>) -> bool {
        let mut bell = [0; 64];
        match self.wake.read(&mut bell) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            Err(_) => return false,
        }
        while let Ok((order, done)) = self.orders.try_recv() {
            // Who has connected before the order came is there, though not seen yet.
            self.accept(*mode, pairs);
            match order {
                Order::Switch(next) => *mode = next,
                Order::Reset => pairs.drain(..).for_each(Pair::reset),
                Order::Look => {}
                Order::Stop => return false,
            }
            self.tally.open = count(pairs.len());
            // Nobody waits any longer where the test has given up.
            let _ = done.send(self.tally);
        }
        true
    }

    fn accept(&mut self, mode: Mode, pairs: &mut Vec<Pair>) {
        while let Ok((client, _)) = self.listener.accept() {
            self.tally.accepted += 1;
            if let Some(pair) = admit(client, mode) {
                pairs.push(pair);
            }
        }
    }
}

/// The pair of a new client; `None` for one that is refused, or gone already.
fn admit(client: TcpStream, mode: Mode) -> Option<Pair> {
    if mode == Mode::Refuse {
        return None;
    }
    Pair::new(client).ok()
}
