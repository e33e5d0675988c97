//! Several processes at once.

use popkit_testkit::wait_until;

use super::{LONG, objects, said, send, start, texts, well};
use crate::room::Room;

#[test]
fn messages_come_while_a_reader_waits() {
    let room = Room::new();
    send(&room, "bob", "one");
    let mut reader = start(&room, &["inbox", "--agent", "bob", "--follow"]);
    reader.wait_stdout(LONG, "\none\n");
    send(&room, "bob", "two");
    reader.wait_stdout(LONG, "\ntwo\n");
    send(&room, "all", "three");
    reader.wait_stdout(LONG, "\nthree\n");
    reader.interrupt();
    assert_eq!(reader.wait(LONG).code(), Some(130));
    assert_eq!(reader.stdout().matches("QUERY").count(), 3, "{}", reader.stdout());
}

#[test]
fn a_wait_ends_with_the_first_message() {
    let room = Room::new();
    send(&room, "ann", "x");
    let mut reader = start(&room, &["inbox", "--agent", "bob", "--wait", "10m"]);
    wait_until(LONG, "the place of the reader", || room.state("tasks.db").exists());
    send(&room, "bob", "there");
    assert_eq!(reader.wait(LONG).code(), Some(0), "{}", reader.stderr());
    assert!(reader.stdout().contains("\nthere\n"), "{}", reader.stdout());
    assert!(texts(&room, "bob").is_empty());
}

#[test]
fn a_reader_that_is_killed_loses_nothing() {
    let room = Room::new();
    send(&room, "bob", "one");
    let mut reader = start(&room, &["inbox", "--agent", "bob", "--follow"]);
    reader.wait_stdout(LONG, "\none\n");
    reader.stop();
    send(&room, "bob", "two");
    send(&room, "bob", "three");
    reader.kill9();
    reader.wait(LONG);
    let shown = reader.stdout();
    let left = texts(&room, "bob");
    for text in ["one", "two", "three"] {
        let was_shown = shown.contains(&format!("\n{text}\n"));
        assert!(was_shown || left.iter().any(|l| l == text), "{text} is lost: {left:?}, {shown}");
    }
    assert_eq!(left.last().unwrap(), "three");
    assert!(texts(&room, "bob").is_empty());
}

#[test]
fn the_reader_that_comes_last_has_the_inbox() {
    let room = Room::new();
    send(&room, "bob", "one");
    let mut first = start(&room, &["inbox", "--agent", "bob", "--follow"]);
    first.wait_stdout(LONG, "\none\n");
    // To look takes nothing over.
    objects(&room, &["inbox", "--agent", "bob", "--peek"]);
    send(&room, "bob", "two");
    first.wait_stdout(LONG, "\ntwo\n");
    let mut second = start(&room, &["inbox", "--agent", "bob", "--follow", "--max", "1"]);
    wait_until(LONG, "the end of one of the readers", || {
        // Until the second one has taken over, the first one takes what comes.
        send(&room, "bob", "more");
        first.try_wait().is_some()
    });
    assert_eq!(first.wait(LONG).code(), Some(75), "{}", first.stderr());
    assert!(first.stderr().contains("another reader"), "{}", first.stderr());
    assert_eq!(second.wait(LONG).code(), Some(0), "{}", second.stderr());
}

#[test]
fn what_is_said_is_watched_live() {
    let room = Room::new();
    send(&room, "ann", "before");
    let mut watch = start(&room, &["watch", "--from", "start", "agent:ann", "insights"]);
    watch.wait_stdout(LONG, "before");
    well(&room, &["send", "all", "found it", "--type", "insight"]);
    watch.wait_stdout(LONG, "insights        cli → *  INSIGHT  discovery: found it");
    watch.terminate();
    assert_eq!(watch.wait(LONG).code(), Some(130));
}

#[test]
fn agents_that_come_later_are_watched_too() {
    let room = Room::new();
    send(&room, "ann", "before");
    let mut watch = start(&room, &["watch"]);
    wait_until(LONG, "what is watched", || {
        watch.stderr().contains("pop:agent:ann, and agents that come later")
    });
    send(&room, "bob", "to a new one");
    watch.wait_stdout(LONG, "to a new one");
    send(&room, "ann", "to the old one");
    send(&room, "all", "to all");
    watch.wait_stdout(LONG, "to the old one");
    watch.wait_stdout(LONG, "to all");
    watch.terminate();
    assert_eq!(watch.wait(LONG).code(), Some(130));
    assert!(!watch.stdout().contains("before"), "{}", watch.stdout());
}

#[test]
fn a_watch_that_is_killed_goes_on_where_it_was() {
    let room = Room::new();
    (1..=3).for_each(|n| send(&room, "ann", &n.to_string()));
    let args = ["watch", "agent:ann", "--from", "@place", "--save", "place"];
    let mut watch = start(&room, &args);
    watch.wait_stdout(LONG, "QUERY  3");
    wait_until(LONG, "the place", || room.path().join("place").exists());
    watch.kill9();
    watch.wait(LONG);
    send(&room, "ann", "4");
    let rest = well(&room, &[&args[..], &["--once"]].concat());
    assert_eq!(rest.matches("QUERY  4").count(), 1, "{rest}");
    let all = format!("{}{rest}", watch.stdout());
    (1..=4).for_each(|n| assert!(all.contains(&format!("QUERY  {n}")), "{n} is lost"));
    // All is shown and kept now.
    assert_eq!(well(&room, &[&args[..], &["--once"]].concat()), "");
}

#[test]
fn many_senders_lose_nothing() {
    let room = Room::new();
    send(&room, "bob", "0");
    let mut senders: Vec<_> =
        (1..=20).map(|n| room.spawn(&["send", "bob", &n.to_string()])).collect();
    assert!(senders.iter_mut().all(|sender| sender.wait().unwrap().success()));
    let mut got: Vec<u32> = texts(&room, "bob").iter().map(|text| text.parse().unwrap()).collect();
    got.sort_unstable();
    assert_eq!(got, (0..=20).collect::<Vec<_>>());
    assert_eq!(said(&room, "agent:bob").len(), 21);
}
