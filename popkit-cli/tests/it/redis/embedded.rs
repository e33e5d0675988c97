//! `backend` without a server.

use super::{told, well};
use crate::room::Room;

#[test]
fn to_look_makes_nothing() {
    let room = Room::new();
    for command in ["status", "ping"] {
        let page = well(&room, &["backend", command]);
        assert!(page.contains("sqlite:") && page.contains("file:"), "{page}");
        assert!(page.contains("made on first use"), "{page}");
    }
    assert!(!room.path().join(".popkit").exists());
}

#[test]
fn test_makes_it_and_uses_it() {
    let room = Room::new();
    let out = room.popkit(&["backend", "test"]);
    assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
    told(&out, "ok", "store", &["sqlite:", "a document was written, read and removed"]);
    told(&out, "ok", "messages", &["file:", "a message was sent and read"]);
    room.task(&["add", "a"]);
    let page = well(&room, &["backend", "status"]);
    assert!(page.contains("durability  power-safe") && page.contains("tasks       1"), "{page}");
    let out = room.popkit(&["--json", "backend", "status"]);
    let lines = out.lines();
    assert_eq!((&lines[0]["backend"], &lines[1]["backend"]), (&"store".into(), &"messages".into()));
    assert_eq!((&lines[0]["tasks"], &lines[0]["exists"]), (&1.into(), &true.into()));
    assert!(well(&room, &["backend", "ping"]).starts_with("PONG from sqlite:"));
}

#[test]
fn every_scheme_names_its_part() {
    let room = Room::new();
    for (url, parts) in [
        ("sqlite:x.db", &["store"][..]),
        ("file:m", &["messages"]),
        ("memory:", &["store", "messages"]),
    ] {
        let out = room.popkit(&["backend", "test", "--url", url]);
        assert_eq!(out.code, 0, "{out:?}");
        assert_eq!(out.out.lines().count(), parts.len(), "{out:?}");
        parts.iter().for_each(|part| told(&out, "ok", part, &[]));
    }
    assert!(room.path().join("x.db").exists() && room.path().join("m").exists());
}

#[test]
fn what_is_damaged_is_told_and_the_rest_is_tested() {
    let room = Room::new();
    room.write("x.db", "no database, but long enough to be taken for one by its length alone");
    let out = room.popkit(&["--store", "sqlite:x.db", "backend", "test", "--transport", "file:m"]);
    assert_eq!(out.code, 65, "{out:?}");
    told(&out, "FAIL", "store", &["x.db"]);
    told(&out, "ok", "messages", &["/m"]);
}
