//! Tasks and messages by hand, on a server that several folders share.

use popkit_testkit::{Aof, Child, RedisOptions, RedisServer, wait_until};
use serde_json::Value;

use super::{LONG, SECRET, server, well};
use crate::room::Room;

/// Rooms of their own that share a server, as two machines would.
fn rooms(server: &RedisServer) -> [Room; 2] {
    [(); 2].map(|()| {
        let mut room = Room::new();
        room.set("POPKIT_URL", server.url());
        room
    })
}

fn start(room: &Room, args: &[&str]) -> Child {
    Child::spawn(&mut room.command(args))
}

fn objects(room: &Room, args: &[&str]) -> Vec<Value> {
    let out = room.popkit(&[&["--json"], args].concat());
    assert_eq!(out.code, 0, "{args:?}: {out:?}");
    out.lines()
}

#[test]
fn a_task_is_claimed_once_wherever_it_was_added() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always).password(SECRET));
    let [one, two] = rooms(&server);
    one.task(&["add", "a", "--title", "first"]);
    let claimed = two.task(&["claim", "--agent", "ann"]);
    assert!(claimed.contains("first"), "{claimed}");
    one.popkit(&["task", "claim", "--agent", "bob"]).refused(75, &["nothing to claim"]);
    // The token is where it was claimed.
    one.popkit(&["task", "complete", "--agent", "ann"]).refused(77, &[]);
    let tokens = two.path().join(".popkit/default/leases/ann.json");
    let tokens = std::fs::read_to_string(tokens).unwrap();
    assert!(tokens.contains("redis://") && !tokens.contains(SECRET), "{tokens}");
    two.task(&["progress", "50%", "--agent", "ann"]);
    two.task(&["complete", "--agent", "ann", "--result", "{\"n\":1}"]);
    assert_eq!(one.state_of("a"), "done");
    assert!(one.task(&["show", "a"]).contains("first"));
}

#[test]
fn who_waits_is_handed_the_next_task_and_who_stops_waiting_is_gone() {
    let server = server();
    let [one, two] = rooms(&server);
    let parked = || server.cli(&["HLEN", "pop:{default.t}:park"]);
    let mut wait = start(&one, &["task", "claim", "--agent", "ann", "--wait", "10m"]);
    wait_until(LONG, "the wait", || parked() == "1");
    two.task(&["add", "a"]);
    assert_eq!(wait.wait(LONG).code(), Some(0), "{}", wait.stderr());
    assert!(wait.stdout().contains('a'));
    let mut wait = start(&one, &["task", "claim", "--agent", "bob", "--wait", "10m"]);
    wait_until(LONG, "the wait", || parked() == "1");
    wait.interrupt();
    assert_eq!(wait.wait(LONG).code(), Some(130), "{}", wait.stderr());
    assert_eq!(parked(), "0");
    two.task(&["add", "b"]);
    assert_eq!(two.state_of("b"), "pending");
}

#[test]
fn a_message_is_read_once_wherever_it_was_sent() {
    let server = server();
    let [one, two] = rooms(&server);
    let sent = &objects(&one, &["send", "bob", "hello"])[0];
    assert_eq!(sent["url"], format!("{}/0", server.url()));
    assert!(sent.get("folder").is_none() && sent.get("room").is_none(), "{sent}");
    assert!(well(&two, &["inbox", "--agent", "bob", "--peek"]).contains("hello"));
    assert!(well(&two, &["inbox", "--agent", "bob"]).contains("hello"));
    assert_eq!(well(&one, &["inbox", "--agent", "bob"]), "", "its place is on the server");
    let agents = &objects(&one, &["status"])[0]["agents"];
    assert_eq!((&agents[0]["id"], &agents[0]["unread"]), (&"bob".into(), &0.into()));
    for room in [&one, &two] {
        assert!(!room.path().join(".popkit").exists(), "nothing is kept in files");
    }
}

#[test]
fn status_lists_agents_that_were_only_written_to() {
    let server = server();
    let [one, two] = rooms(&server);
    well(&one, &["send", "eve", "hello"]);
    let out = one.popkit(&["send", "eve", "again"]);
    assert_eq!((out.code, out.err.as_str()), (0, ""), "she has a channel");
    let agents = &objects(&two, &["status"])[0]["agents"];
    assert_eq!((&agents[0]["id"], &agents[0]["unread"]), (&"eve".into(), &2.into()));
}

#[test]
fn a_watch_sees_everything_also_of_agents_that_come_later() {
    let server = server();
    let [one, two] = rooms(&server);
    let mut watch = start(&one, &["watch"]);
    wait_until(LONG, "the watch", || watch.stderr().contains("and agents that come later"));
    well(&two, &["send", "all", "to everybody"]);
    watch.wait_stdout(LONG, "to everybody");
    well(&two, &["send", "zoe", "to one"]);
    watch.wait_stdout(LONG, "to one");
    watch.interrupt();
    assert_eq!(watch.wait(LONG).code(), Some(130), "{}", watch.stderr());
    let once = well(&two, &["watch", "--once"]);
    assert!(once.contains("to everybody") && once.contains("to one"), "{once}");
}

#[test]
fn a_reader_outlives_a_restart_of_the_server() {
    let server = server();
    let [one, two] = rooms(&server);
    let mut inbox = start(&one, &["inbox", "--agent", "bob", "--follow"]);
    well(&two, &["send", "bob", "before"]);
    inbox.wait_stdout(LONG, "before");
    server.kill();
    server.restart();
    well(&two, &["send", "bob", "after"]);
    inbox.wait_stdout(LONG, "after");
    inbox.interrupt();
    assert_eq!(inbox.wait(LONG).code(), Some(130), "{}", inbox.stderr());
    assert_eq!(inbox.stdout().matches("before").count(), 1, "{}", inbox.stdout());
    assert_eq!(well(&two, &["inbox", "--agent", "bob"]), "", "all of it was acknowledged");
}

#[test]
fn options_that_say_nothing_here_are_refused() {
    let server = server();
    let [room, _] = rooms(&server);
    let mut files = Room::new();
    files.task(&["add", "a"]);
    let out = files.popkit(&["task", "list", "--session", "red"]);
    out.refused(64, &["--session", "on a server"]);
    room.popkit(&["redis", "status", "--url", &server.url()]).refused(64, &["popkit backend"]);
    files.set("POPKIT_URL", "bogus://bob:hunter2@x");
    let out = files.popkit(&["task", "list"]);
    out.refused(64, &["POPKIT_URL: no backend for \"bogus\""]);
    assert!(!out.err.contains("hunter2"));
}
