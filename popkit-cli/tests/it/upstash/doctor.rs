//! `doctor`, where Upstash is named.

use popkit_testkit::{UpstashDouble, UpstashOptions};

use super::{double, room_as, silent, told};
use crate::room::{Out, Room};

/// A room without docker: to ask it takes long where its daemon is away.
fn patient(double: &UpstashDouble, token: &str) -> Room {
    let mut room = room_as(double, token);
    room.set("PATH", "/nowhere");
    room
}

fn doctor(double: &UpstashDouble, token: &str, args: &[&str]) -> Out {
    let out = patient(double, token).popkit(&[&["doctor"], args].concat());
    silent(&out, double);
    out
}

#[test]
fn a_service_that_is_named_is_looked_at() {
    let double = double(UpstashOptions::default());
    for args in [&[][..], &["--url", "upstash:"]] {
        let out = doctor(&double, double.token(), args);
        assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
        told(&out, "ok", "upstash", &[&double.url()]);
        told(&out, "ok", "rights", &["the token may write"]);
        told(&out, "note", "durability", &["the provider's"]);
        for name in ["eviction", "clock", "state"] {
            told(&out, "ok", name, &[]);
        }
        let nothing = out.out.contains("none is named, so tasks and messages are kept in files");
        assert_eq!(nothing, args.is_empty(), "{out:?}");
    }
    assert_eq!(double.redis().cli(&["DBSIZE"]), "0", "nothing stays");
}

#[test]
fn one_line_has_it_too() {
    let double = double(UpstashOptions::default());
    let out = doctor(&double, double.token(), &["--brief"]);
    assert_eq!(out.code, 0, "{out:?}");
    let begin = format!("Redis: none is named; Upstash: reachable ({}, ", double.url());
    assert!(out.out.starts_with(&begin), "{out:?}");
    assert!(out.out.ends_with(" ms); power mode: ready\n"), "{out:?}");
    let out = doctor(&double, double.token(), &["--brief", "--json"]);
    let shown = &out.lines()[0];
    assert_eq!((&shown["redis"], &shown["upstash"]), (&"none".into(), &"reachable".into()));
    assert_eq!(shown["upstash_url"], double.url());
}

#[test]
fn a_token_that_may_only_read_is_found() {
    let double = double(UpstashOptions::default());
    let out = doctor(&double, double.read_only_token(), &["--url", "upstash:"]);
    assert_eq!(out.code, 1, "{out:?}");
    told(&out, "FAIL", "rights", &["is it the read-only token?", "use the standard one"]);
}

#[test]
fn one_that_is_away_is_missed_where_a_url_wants_it() {
    let double = double(UpstashOptions::default());
    let url = double.url();
    let mut room = patient(&double, double.token());
    drop(double);
    let out = room.popkit(&["doctor"]);
    assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
    told(&out, "note", "upstash", &[&url, "does not answer: unavailable: cannot connect"]);
    let out = room.popkit(&["doctor", "--url", "upstash:"]);
    assert_eq!(out.code, 69, "{out:?}");
    told(&out, "FAIL", "upstash", &["connection refused"]);
    let out = room.popkit(&["doctor", "--brief", "--url", "upstash:"]);
    assert_eq!(out.code, 69, "{out:?}");
    let begin = format!("Redis: none is named; Upstash: not reachable ({url}); power mode: not");
    assert!(out.out.starts_with(&begin), "{out:?}");
    // What the environment says is told where another place is named, too.
    room.set("POPKIT_URL", "memory:");
    let out = room.popkit(&["doctor"]);
    assert_eq!(out.code, 0, "{out:?}");
    told(&out, "note", "upstash", &[&url]);
}
