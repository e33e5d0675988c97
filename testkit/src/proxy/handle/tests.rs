//! Tests of the proxy, before a real server.

use std::io::{ErrorKind, Read};
use std::net::{Shutdown, TcpStream};

use super::*;
use crate::stopwatch::Stopwatch;
use crate::{RedisOptions, RedisServer, wait_until};

/// Longer than any test, for a delay that must not pass by itself.
const NEVER: Duration = Duration::from_secs(3600);

/// How long a silence is listened to.
const SILENCE: Duration = Duration::from_millis(50);

fn both() -> (RedisServer, FaultProxy) {
    let server = RedisServer::start(RedisOptions::default());
    let proxy = FaultProxy::start(server.addr());
    (server, proxy)
}

/// A connection through the proxy.
struct Client(TcpStream);

impl Client {
    fn connect(proxy: &FaultProxy) -> Self {
        let stream = TcpStream::connect(proxy.addr()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self(stream)
    }

    fn send(&mut self, command: &str) {
        self.0.write_all(format!("{command}\r\n").as_bytes()).unwrap();
    }

    /// Reads as many bytes as are expected, and compares.
    fn expect(&mut self, answer: &str) {
        let mut bytes = vec![0; answer.len()];
        self.0.read_exact(&mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), answer);
    }

    fn assert_works(&mut self) {
        self.send("PING");
        self.expect("+PONG\r\n");
    }

    fn assert_silent(&mut self) {
        self.0.set_read_timeout(Some(SILENCE)).unwrap();
        let kind = self.0.read(&mut [0; 1]).unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{kind:?}");
        self.0.set_read_timeout(Some(DEADLINE)).unwrap();
    }

    fn assert_reset(&mut self) {
        assert_eq!(self.0.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}

#[test]
fn everything_passes_and_is_counted() {
    let (_server, proxy) = both();
    assert_eq!(proxy.url(), format!("redis://{}", proxy.addr()));
    let mut client = Client::connect(&proxy);
    client.assert_works();
    assert_eq!((proxy.connections(), proxy.open_connections()), (1, 1));
    assert_eq!((proxy.bytes_up(), proxy.bytes_down(), proxy.bytes_dropped()), (6, 7, 0));
    // One side that ends ends the other, in good order.
    client.0.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.0.read(&mut [0; 1]).unwrap(), 0);
    wait_until(DEADLINE, "the end of the connection", || proxy.open_connections() == 0);
}

#[test]
fn more_than_the_proxy_holds_passes() {
    let (server, proxy) = both();
    let mut client = Client::connect(&proxy);
    client.assert_works();
    server.cli(&["SETRANGE", "key", "16777215", "x"]);
    client.send("GET key");
    client.send("PING");
    // Not read at first, so that every buffer on the way fills.
    wait_until(DEADLINE, "the first bytes", || proxy.bytes_down() > 100_000);
    client.expect("$16777216\r\n");
    let mut value = vec![1; 16_777_216];
    client.0.read_exact(&mut value).unwrap();
    assert!(value.ends_with(b"\0\0x"));
    client.expect("\r\n+PONG\r\n");
}

#[test]
fn a_delay_holds_in_both_directions() {
    let (server, proxy) = both();
    let mut client = Client::connect(&proxy);
    client.assert_works();
    let each = Duration::from_millis(20);
    proxy.delay(each);
    let watch = Stopwatch::start();
    client.assert_works();
    assert!(watch.elapsed() >= 2 * each);

    proxy.delay(NEVER);
    client.send("INCR counter");
    client.assert_silent();
    assert_eq!(server.cli(&["GET", "counter"]), "(nil)");
    proxy.heal();
    client.expect(":1\r\n");
}

#[test]
fn a_reset_ends_what_is_open_and_lets_new_ones_in() {
    let (_server, proxy) = both();
    let mut clients = [Client::connect(&proxy), Client::connect(&proxy)];
    clients.iter_mut().for_each(Client::assert_works);
    proxy.reset_all();
    assert_eq!(proxy.open_connections(), 0);
    clients.iter_mut().for_each(Client::assert_reset);
    Client::connect(&proxy).assert_works();
    assert_eq!(proxy.connections(), 3);
}

#[test]
fn new_connections_are_refused_and_open_ones_live_on() {
    let (_server, proxy) = both();
    let mut old = Client::connect(&proxy);
    old.assert_works();
    proxy.refuse();
    assert_eq!(Client::connect(&proxy).0.read(&mut [0; 1]).unwrap(), 0);
    old.assert_works();
    proxy.heal();
    Client::connect(&proxy).assert_works();
}

#[test]
fn a_black_hole_is_silent_and_loses_nothing() {
    let (server, proxy) = both();
    let mut old = Client::connect(&proxy);
    old.assert_works();
    proxy.black_hole();
    let mut new = Client::connect(&proxy);
    for client in [&mut old, &mut new] {
        client.send("INCR counter");
        client.assert_silent();
    }
    // That a side has ended is not passed on either.
    server.kill_clients();
    old.assert_silent();
    assert_eq!(server.cli(&["GET", "counter"]), "(nil)");
    proxy.heal();
    new.expect(":1\r\n");
    assert!(matches!(old.0.read(&mut [0; 8]), Ok(0) | Err(_)));
}

#[test]
fn a_dropped_reply_is_lost_though_the_server_has_acted() {
    let (server, proxy) = both();
    let mut client = Client::connect(&proxy);
    client.assert_works();
    proxy.drop_replies();
    client.send("INCR counter");
    wait_until(DEADLINE, "the reply to be dropped", || proxy.bytes_dropped() == 4);
    assert_eq!(server.cli(&["GET", "counter"]), "1");
    client.assert_silent();
    let mut idle = Client::connect(&proxy);
    // Also through a black hole: what is lost stays lost.
    proxy.black_hole();
    client.assert_silent();
    proxy.heal();
    client.assert_reset();
    idle.assert_works();
}

#[test]
fn what_is_delayed_can_still_be_dropped() {
    let (server, proxy) = both();
    let mut client = Client::connect(&proxy);
    client.send("SUBSCRIBE news");
    client.expect("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
    let passed = proxy.bytes_down();
    proxy.delay(NEVER);
    server.cli(&["PUBLISH", "news", "x"]);
    client.assert_silent();
    proxy.drop_replies();
    let message = "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n".len() as u64;
    wait_until(DEADLINE, "the message to be dropped", || proxy.bytes_dropped() == message);
    proxy.heal();
    client.assert_reset();
    assert_eq!(proxy.bytes_down(), passed);
}

#[test]
fn an_answer_is_cut_at_every_byte_and_the_next_connection_works() {
    let (server, proxy) = both();
    let answer = "$5\r\nvalue\r\n";
    server.cli(&["SET", "key", "value"]);
    server.reset_commandstats();
    for bytes in 0..answer.len() {
        let mut client = Client::connect(&proxy);
        client.assert_works();
        proxy.cut_after_reply_bytes(u64::try_from(bytes).unwrap());
        client.send("GET key");
        client.expect(&answer[..bytes]);
        client.assert_reset();
    }
    let gets = server.commandstats().get("get").copied();
    assert_eq!(gets, u64::try_from(answer.len()).ok());
    let mut client = Client::connect(&proxy);
    client.send("GET key");
    client.expect(answer);
}

#[test]
fn a_whole_answer_within_the_bytes_is_not_cut() {
    let (_server, proxy) = both();
    let mut client = Client::connect(&proxy);
    proxy.cut_after_reply_bytes(14);
    client.assert_works();
    client.assert_works();
    client.send("PING");
    client.assert_reset();
}

#[test]
fn a_server_that_is_down_resets_its_clients_until_it_is_back() {
    let (server, proxy) = both();
    let mut client = Client::connect(&proxy);
    client.assert_works();
    server.kill();
    assert!(matches!(client.0.read(&mut [0; 1]), Ok(0) | Err(_)));
    Client::connect(&proxy).assert_reset();
    server.restart();
    Client::connect(&proxy).assert_works();
}

#[test]
fn drop_resets_all_connections() {
    let (_server, proxy) = both();
    let mut client = Client::connect(&proxy);
    client.assert_works();
    drop(proxy);
    client.assert_reset();
}
