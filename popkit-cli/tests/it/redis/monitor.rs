//! A stock redis-cli that watches, as `docs/redis.md` says.

use std::process::Command;

use popkit_testkit::{Child, wait_until};
use serde_json::Value;

use super::{LONG, cli, program, server};
use crate::room::Room;

#[test]
fn a_pattern_sees_every_channel_and_the_exact_envelope() {
    let (room, server) = (Room::new(), server());
    let port = server.addr().port().to_string();
    let mut watcher = Child::spawn(Command::new(program("redis-cli")).args([
        "-p",
        &*port,
        "PSUBSCRIBE",
        "pop:*",
    ]));
    watcher.wait_stdout(LONG, "psubscribe");
    assert_eq!(cli(&port, &["PUBSUB", "NUMPAT"]), "1");
    let out = room.popkit(&["backend", "test", "--url", &server.url()]);
    assert_eq!(out.code, 0, "{out:?}");
    wait_until(LONG, "the last channel", || watcher.stdout().contains("pop:agent:test-"));
    watcher.terminate();
    watcher.wait(LONG);
    let seen = watcher.stdout();
    let lines: Vec<&str> = seen.lines().collect();
    for channel in ["broadcast", "heartbeat", "results", "insights", "coordinator", "human"] {
        let channel = format!("pop:{channel}");
        let at = lines.iter().position(|line| *line == channel);
        let at = at.unwrap_or_else(|| panic!("{channel} is missing in\n{seen}"));
        let envelope: Value = serde_json::from_str(lines[at + 1]).unwrap();
        let keys: Vec<&str> = envelope.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [
            "id",
            "type",
            "from_agent",
            "to_agent",
            "payload",
            "timestamp",
            "requires_ack",
            "ttl_seconds",
        ];
        expected.sort_unstable();
        assert_eq!(keys, expected, "{channel}");
        assert_eq!(envelope["type"], "QUERY");
    }
}

#[test]
fn what_is_kept_can_be_listed_and_read() {
    let server = server();
    let port = server.addr().port().to_string();
    server.cli(&["HSET", "pop:state:ann", "progress", "0.5", "current_task", "\"a\""]);
    server.cli(&["LPUSH", "pop:insights", r#"{"content": "found"}"#]);
    server.cli(&["XADD", "pop:stream:results", "*", "m", "hello"]);
    assert_eq!(cli(&port, &["--scan", "--pattern", "pop:state:*"]), "pop:state:ann");
    assert_eq!(cli(&port, &["KEYS", "pop:state:*"]), "pop:state:ann");
    assert!(cli(&port, &["HGETALL", "pop:state:ann"]).contains("progress\n0.5"));
    assert!(cli(&port, &["LRANGE", "pop:insights", "0", "-1"]).contains("found"));
    assert!(cli(&port, &["XRANGE", "pop:stream:results", "-", "+"]).contains("m\nhello"));
    assert_eq!(cli(&port, &["XLEN", "pop:stream:results"]), "1");
    assert!(cli(&port, &["INFO", "clients"]).contains("connected_clients:"));
}
