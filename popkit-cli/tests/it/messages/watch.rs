//! `popkit watch`, read to its end.

use std::fs;

use super::{envelope, objects, said, send, well};
use crate::room::Room;

fn channels(events: &[serde_json::Value]) -> Vec<&str> {
    events.iter().map(|event| event["channel"].as_str().unwrap()).collect()
}

#[test]
fn without_names_everything_that_was_said_is_shown() {
    let room = Room::new();
    send(&room, "all", "1");
    send(&room, "bob", "2");
    send(&room, "coordinator", "3");
    for args in [&["watch", "--once"][..], &["watch", "--once", "--all"]] {
        let all = objects(&room, args);
        assert_eq!(channels(&all), ["pop:broadcast", "pop:coordinator", "pop:agent:bob"]);
    }
    let named = objects(&room, &["watch", "--once", "agent:bob", "pop:coordinator"]);
    assert_eq!(named.len(), 2);
    room.popkit(&["watch", "--once", "--all", "results"]).ended_first(64);
}

#[test]
fn a_line_says_when_where_who_and_what() {
    let room = Room::new();
    well(&room, &["send", "all", "hello\nthere \u{1b}[2J", "--from", "ann"]);
    well(&room, &["send", "--channel", "broadcast", "gibberish \u{1b}[2J"]);
    let text = well(&room, &["watch", "--once"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("20") && lines[0].contains("Z  broadcast  "), "{text}");
    assert!(lines[0].ends_with("  ann → *  QUERY  hello there \\u{1b}[2J"), "{text}");
    assert!(lines[1].contains("undecodable (invalid data"), "{text}");
    assert!(!text.contains('\u{1b}'));
    let events = said(&room, "broadcast");
    assert_eq!(
        (&events[0]["event"], &events[0]["topic"]),
        (&"message".into(), &"broadcast".into())
    );
    assert_eq!((&events[0]["sequence"], &events[0]["message"]["from"]), (&1.into(), &"ann".into()));
    assert_eq!(events[1]["event"], "undecodable");
    assert!(events[1]["reason"].is_string() && events[1]["payload"].is_string());
    let raw = well(&room, &["watch", "--once", "--raw"]);
    assert!(raw.contains("\"type\":\"QUERY\"") && raw.contains("gibberish \\u{1b}[2J"), "{raw}");
}

#[test]
fn what_has_expired_is_watched_all_the_same() {
    let room = Room::new();
    well(&room, &["send", "--channel", "results", &envelope(true)]);
    assert_eq!(said(&room, "results")[0]["message"]["from"], "eve");
}

#[test]
fn a_place_is_given_kept_and_taken_up() {
    let room = Room::new();
    send(&room, "all", "1");
    let saved = ["watch", "--once", "--save", "place"];
    assert_eq!(objects(&room, &saved).len(), 1);
    send(&room, "all", "2");
    let resumed = ["watch", "--once", "--from", "@place"];
    let events = objects(&room, &resumed);
    assert_eq!(events[0]["message"]["payload"]["text"], "2");
    assert_eq!(objects(&room, &resumed).len(), 1, "only --save keeps a place");
    let cursor = fs::read_to_string(room.path().join("place")).unwrap();
    assert_eq!(objects(&room, &["watch", "--once", "--from", cursor.trim()]).len(), 1);
    assert_eq!(objects(&room, &["watch", "--once", "--from", "now"]).len(), 0);
    assert_eq!(objects(&room, &["watch", "--once", "--from", "start"]).len(), 2);
    // Keeping the place of one channel leaves those of the others.
    let one = ["watch", "--once", "human", "--from", "@place", "--save", "place"];
    assert_eq!(objects(&room, &one).len(), 0);
    assert_eq!(objects(&room, &resumed).len(), 1);
    // Now is a place to go on from, though nothing was read.
    assert_eq!(well(&room, &["watch", "--once", "--from", "now", "--save", "place"]), "");
    send(&room, "all", "3");
    let events = objects(&room, &resumed);
    assert_eq!((events.len(), &events[0]["message"]["payload"]["text"]), (1, &"3".into()));
}

#[test]
fn a_place_that_is_none_is_refused() {
    let room = Room::new();
    send(&room, "all", "1");
    room.write("bad", "{\"pop:broadcast\": 7}");
    for (from, code, word) in [
        ("yesterday", 64, "expected now, start"),
        ("{\"a b\": 1}", 65, "not a cursor"),
        ("@bad", 65, "bad: "),
        ("@none", 65, "none"),
    ] {
        room.popkit(&["watch", "--once", "--from", from]).refused(code, &[word]);
    }
    let first = ["watch", "--once", "--from", "@place", "--save", "place"];
    assert_eq!(objects(&room, &first).len(), 1, "a place that is not there yet is the start");
    assert_eq!(objects(&room, &first).len(), 0);
    let nowhere = ["watch", "--save", "no/such/folder"];
    room.popkit(&nowhere).refused(1, &["cannot write no/such/folder"]);
}

#[test]
fn a_channel_that_was_begun_anew_is_told() {
    let room = Room::new();
    send(&room, "all", "1");
    let args = ["watch", "--once", "broadcast", "--from", "@place", "--save", "place"];
    objects(&room, &args);
    fs::remove_dir_all(room.state("messages")).unwrap();
    send(&room, "all", "2");
    let events = objects(&room, &args);
    let what: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(what, ["reset", "message"]);
}

#[test]
fn a_file_serves_several_watches() {
    let room = Room::new();
    send(&room, "all", "1");
    send(&room, "human", "2");
    objects(&room, &["watch", "--once", "broadcast", "--save", "place"]);
    objects(&room, &["watch", "--once", "human", "--save", "place"]);
    let resumed = ["watch", "--once", "broadcast", "human", "--from", "@place"];
    assert_eq!(objects(&room, &resumed).len(), 0, "both places are kept");
    room.write("diary", "dear diary");
    let args = ["watch", "--once", "--save", "diary"];
    room.popkit(&args).refused(65, &["--save diary", "not a cursor"]);
    assert_eq!(fs::read_to_string(room.path().join("diary")).unwrap(), "dear diary");
}

#[test]
fn to_look_makes_no_folders() {
    let room = Room::new();
    send(&room, "bob", "1");
    let folders = || {
        let mut names: Vec<_> =
            fs::read_dir(room.state("messages")).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = folders();
    well(&room, &["watch", "--once"]);
    assert_eq!(well(&room, &["watch", "--once", "human", "agent:ann"]), "");
    well(&room, &["inbox", "--agent", "ann", "--peek"]);
    well(&room, &["status"]);
    assert_eq!(folders(), before);
}
