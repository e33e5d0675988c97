//! Whether scripts touch keys that they were not given.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};

use popkit_testkit::RedisServer;

/// Reads what a server does from now on.
#[derive(Debug)]
pub(super) struct Monitor {
    socket: UnixStream,
    reading: JoinHandle<Seen>,
}

/// What scripts were seen to do.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Commands that scripts ran.
    pub(super) commands: usize,
    /// Those of them whose key was not given, once each.
    pub(super) not_given: BTreeSet<String>,
    given: BTreeSet<String>,
}

impl Monitor {
    pub(super) fn start(server: &RedisServer) -> Self {
        let mut socket = UnixStream::connect(server.socket()).unwrap();
        socket.write_all(b"MONITOR\r\n").unwrap();
        let mut lines = BufReader::new(socket.try_clone().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "+OK");
        let reading = thread::spawn(move || {
            let mut seen = Seen::default();
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                seen.read(&String::from_utf8_lossy(&line));
                line.clear();
            }
            seen
        });
        Self { socket, reading }
    }

    pub(super) fn end(self) -> Seen {
        self.socket.shutdown(Shutdown::Both).unwrap();
        self.reading.join().unwrap()
    }
}

impl Seen {
    /// A line: the time, the database and the client in brackets, then quoted words.
    fn read(&mut self, line: &str) {
        let Some((head, rest)) = line.split_once("] ") else { return };
        let mut words = words(rest).into_iter();
        let name = words.next().unwrap_or_default().to_uppercase();
        if head.ends_with(" lua") {
            self.commands += 1;
            let Some(key) = words.next().filter(|_| name != "TIME") else { return };
            if !self.given.contains(&key) {
                self.not_given.insert(format!("{name} {key}"));
            }
        } else if matches!(name.as_str(), "EVAL" | "EVALSHA") {
            let count = words.nth(1).unwrap().parse().unwrap();
            self.given = words.take(count).collect();
        }
    }
}

/// The words of a line, their escapes left as they are.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (&mut word, letter) {
            (None, '"') => word = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => words.extend(word.take()),
            (Some(word), '\\') => word.extend(['\\', letters.next().unwrap_or_default()]),
            (Some(word), letter) => word.push(letter),
        }
    }
    words
}

#[test]
fn a_key_that_was_not_given_is_seen() {
    let mut seen = Seen::default();
    for line in [
        r#"+1.5 [0 unix:/s] "EVALSHA" "5ha" "2" "a" "b\"c" "x""#,
        r#"+1.5 [0 lua] "TIME""#,
        r#"+1.5 [0 lua] "HGET" "b\"c" "d""#,
        r#"+1.5 [0 lua] "SET" "x" "y""#,
        r#"+1.5 [0 unix:/s] "GET" "z""#,
    ] {
        seen.read(line);
    }
    assert_eq!(seen.commands, 3);
    assert_eq!(seen.not_given, ["SET x".to_owned()].into());
}
