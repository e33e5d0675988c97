//! The handle on a proxy.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::engine::Engine;
use super::mode::{Mode, Order, Request};
use super::tally::Tally;

/// How long the proxy may take to carry out an order, on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(20);

/// A TCP proxy on loopback that breaks the network between a client and a server on request.
///
/// It begins by passing everything. Each method that changes this replaces what was set before, and
/// once it has returned it holds for all that is sent from then on. Connections that were open stay
/// open unless the method says otherwise. All connections end with RST on drop.
///
/// The counts are exact: what a client has received has been counted.
///
/// | A network that … | Method |
/// |---|---|
/// | is far away | [`delay`](Self::delay) |
/// | loses its connections | [`reset_all`](Self::reset_all) |
/// | lets nobody in | [`refuse`](Self::refuse) |
/// | is silent, half-open | [`black_hole`](Self::black_hole) |
/// | loses the answer to what was done | [`drop_replies`](Self::drop_replies) |
/// | breaks within an answer | [`cut_after_reply_bytes`](Self::cut_after_reply_bytes) |
/// | is well again | [`heal`](Self::heal) |
///
/// ```
/// use popkit_testkit::{FaultProxy, RedisOptions, RedisServer};
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
///
/// let server = RedisServer::start(RedisOptions::default());
/// let proxy = FaultProxy::start(server.addr());
/// proxy.cut_after_reply_bytes(0);
/// let mut client = TcpStream::connect(proxy.addr())?;
/// client.write_all(b"INCR counter\r\n")?;
/// assert!(client.read(&mut [0; 16]).is_err());
/// assert_eq!(server.cli(&["GET", "counter"]), "1");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    addr: SocketAddr,
    orders: Sender<Request>,
    wake: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// Starts a proxy to `upstream` on a free port.
    ///
    /// The server is connected to once per client, when the client connects; where it is down, the
    /// client's connection is reset.
    ///
    /// # Panics
    ///
    /// When the system gives no port, socket or thread.
    #[track_caller]
    #[must_use]
    pub fn start(upstream: SocketAddr) -> Self {
        match Self::try_start(upstream) {
            Ok(proxy) => proxy,
            Err(error) => panic!("no proxy to {upstream}: {error}"),
        }
    }

    fn try_start(upstream: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let (wake, bell) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        let (orders, inbox) = channel();
        let tally = Tally::default();
        let engine = Engine { listener, upstream, orders: inbox, wake: bell, tally };
        let name = format!("proxy to {upstream}");
        let thread = Some(thread::Builder::new().name(name).spawn(|| engine.run())?);
        Ok(Self { addr, orders, wake, thread })
    }

    /// Where clients connect.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `redis://` and the address. [`RedisServer::url_via`](crate::RedisServer::url_via) gives the
    /// URL of a server with a password or TLS.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.addr)
    }

    /// Passes everything `delay` later, in either direction: a round trip takes twice as much longer.
    ///
    /// What was under way before is not delayed. At most 1 MiB is under way in each direction of a
    /// connection; beyond it the sender waits.
    #[track_caller]
    pub fn delay(&self, delay: Duration) {
        self.order(Order::Switch(Mode::Delay(delay)));
    }

    /// Ends all connections with RST, now. New ones are treated as before.
    #[track_caller]
    pub fn reset_all(&self) {
        self.order(Order::Reset);
    }

    /// Accepts new connections and closes them at once.
    #[track_caller]
    pub fn refuse(&self) {
        self.order(Order::Switch(Mode::Refuse));
    }

    /// Goes silent: new connections are accepted, nothing passes on any, and neither side learns that
    /// the other has ended.
    ///
    /// Nothing is lost: as with a cable that was pulled, it all arrives after [`heal`](Self::heal).
    #[track_caller]
    pub fn black_hole(&self) {
        self.order(Order::Switch(Mode::BlackHole));
    }

    /// Throws away what the server sends: requests are carried out, and the answers lost.
    ///
    /// A connection on which something was thrown away is reset once the proxy does anything else,
    /// [`black_hole`](Self::black_hole) excepted: its client would take the next answer for the lost
    /// one, which no real network brings about.
    #[track_caller]
    pub fn drop_replies(&self) {
        self.order(Order::Switch(Mode::DropReplies));
    }

    /// Lets `bytes` more bytes from the server through, counted over all connections, then resets the
    /// connection on which the next byte comes, and passes everything again.
    ///
    /// The server has carried out the request whose answer is cut; with zero nothing of the answer
    /// arrives.
    #[track_caller]
    pub fn cut_after_reply_bytes(&self, bytes: u64) {
        self.order(Order::Switch(Mode::Cut { left: bytes }));
    }

    /// Passes everything again, at once also what was delayed.
    #[track_caller]
    pub fn heal(&self) {
        self.order(Order::Switch(Mode::Pass));
    }

    /// How many connections clients have made, the refused ones included.
    #[track_caller]
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.order(Order::Look).accepted
    }

    /// How many connections are open.
    #[track_caller]
    #[must_use]
    pub fn open_connections(&self) -> u64 {
        self.order(Order::Look).open
    }

    /// Bytes that were passed on to the server.
    #[track_caller]
    #[must_use]
    pub fn bytes_up(&self) -> u64 {
        self.order(Order::Look).up
    }

    /// Bytes that were passed on to clients.
    #[track_caller]
    #[must_use]
    pub fn bytes_down(&self) -> u64 {
        self.order(Order::Look).down
    }

    /// Bytes of the server that were thrown away or cut off: once they grow, a request has been
    /// carried out whose answer is lost.
    #[track_caller]
    #[must_use]
    pub fn bytes_dropped(&self) -> u64 {
        self.order(Order::Look).dropped
    }

    /// Has the proxy's thread do something, waits until it is done, and returns the counts.
    #[track_caller]
    fn order(&self, order: Order) -> Tally {
        match self.send(order).recv_timeout(DEADLINE) {
            Ok(tally) => tally,
            Err(_) => panic!("the proxy at {} does not work any more", self.addr),
        }
    }

    fn send(&self, order: Order) -> Receiver<Tally> {
        let (done, answer) = channel();
        // Where the thread has ended nobody answers, which the caller sees.
        let _ = self.orders.send((order, done));
        let _ = (&self.wake).write(&[0]);
        answer
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.send(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // Its panic, if any, has been printed.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
