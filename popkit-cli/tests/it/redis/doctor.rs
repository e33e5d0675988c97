//! `doctor`: every finding has its mend.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use popkit_testkit::{Aof, RedisOptions, RedisServer};

use super::{SECRET, server, told, well};
use crate::room::{Out, Room};

/// A room without docker: to ask it takes long where its daemon is away.
fn room() -> Room {
    let mut room = Room::new();
    room.set("PATH", "/nowhere");
    room
}

fn doctor(options: RedisOptions) -> Out {
    let server = RedisServer::start(options);
    room().popkit(&["doctor", "--url", &server.url()])
}

#[test]
fn a_good_server_is_good() {
    let server = server();
    let out = room().popkit(&["doctor", "--url", &server.url()]);
    assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
    for name in ["redis", "durability", "eviction", "clients", "rights", "clock", "state"] {
        told(&out, "ok", name, &[]);
    }
    told(&out, "note", "redis-server", &["install one: "]);
    assert_eq!(server.cli(&["DBSIZE"]), "0", "nothing stays");
}

#[test]
fn settings_that_lose_data_are_found() {
    let good = || RedisOptions::default().aof(Aof::Always);
    for (options, name, words) in [
        (good().arg("maxmemory-policy", "allkeys-lru"), "eviction", ["allkeys-lru", "noeviction"]),
        (good().aof(Aof::Off), "durability", ["may lose", "set appendonly yes"]),
        (good().arg("maxmemory", "900kb"), "memory", ["of maxmemory is used", "raise maxmemory"]),
        (good().arg("maxclients", "1"), "clients", ["1 of 1", "raise maxclients"]),
    ] {
        // Doctor's own second connection does not fit either; what was found stays found.
        let out = doctor(options);
        assert_eq!(out.code, 1, "{out:?}");
        told(&out, "FAIL", name, &words);
        assert!(out.err.contains("to mend; see the line"), "{out:?}");
    }
    let out = doctor(good().aof(Aof::EverySec));
    assert_eq!(out.code, 0, "only to be known: {out:?}");
    told(&out, "note", "durability", &["last second", "set appendfsync always"]);
}

#[test]
fn rights_that_are_missing_are_named_as_rules() {
    let rules = format!("user ann on >{SECRET} ~pop:* &pop:* +@all -xadd -zadd -xinfo|stream");
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always).acl_file(rules));
    let url = server.url_as("ann", Some(SECRET));
    let out = room().popkit(&["doctor", "--url", &url]);
    assert_eq!(out.code, 1, "{out:?}");
    told(&out, "FAIL", "rights", &["allow it: ACL SETUSER NAME +zadd +xadd +xinfo|stream"]);
    told(&out, "FAIL", "rights", &["&tasks:*"]);
    assert!(!format!("{out:?}").contains(SECRET));
    // The mend mends it.
    let rules = ["+zadd", "+xadd", "+xinfo|stream", "&tasks:*"];
    server.cli(&[&["ACL", "SETUSER", "ann"], &rules[..]].concat());
    let out = room().popkit(&["doctor", "--url", &url]);
    assert_eq!(out.code, 0, "{out:?}");
}

#[test]
fn keys_that_are_not_allowed_are_named_as_a_pattern() {
    let rules = format!("user ann on >{SECRET} ~other:* &* +@all");
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always).acl_file(rules));
    let out = room().popkit(&["doctor", "--url", &server.url_as("ann", Some(SECRET))]);
    assert_eq!(out.code, 1, "{out:?}");
    told(&out, "FAIL", "rights", &["may not use key pop:doctor:", "~PATTERN"]);
}

#[test]
fn a_server_that_is_named_and_away_ends_with_69() {
    let server = server();
    server.stop();
    let out = room().popkit(&["doctor", "--url", &server.url()]);
    assert_eq!(out.code, 69, "{out:?}");
    told(&out, "FAIL", "redis", &["connection refused"]);
    told(&out, "ok", "state", &[]);
    let out = room().popkit(&["doctor", "--brief", "--url", &server.url()]);
    assert_eq!((out.code, out.err.as_str()), (69, ""), "{out:?}");
    assert!(out.out.starts_with("Redis: not running (redis://"), "{out:?}");
    assert!(out.out.contains("; power mode: not ready: redis: "), "{out:?}");
}

#[test]
fn one_line_tells_the_health() {
    let server = server();
    let mut room = room();
    let line = well(&room, &["doctor", "--brief"]);
    assert_eq!(line, "Redis: none is named; power mode: ready\n");
    room.set("REDIS_URL", server.url());
    let line = well(&room, &["doctor", "--brief"]);
    let version = server.info("redis_version");
    let url = server.url();
    assert_eq!(
        line,
        format!("Redis: running ({url}/0, {version}, power-safe); power mode: ready\n")
    );
    let out = room.popkit(&["--json", "doctor", "--brief"]);
    let shown = &out.lines()[0];
    assert_eq!((&shown["redis"], &shown["ready"]), (&"running".into(), &true.into()));
}

#[test]
fn a_state_directory_that_others_can_read_is_found() {
    let room = room();
    room.task(&["add", "a"]);
    let state = room.path().join(".popkit");
    let out = room.popkit(&["doctor"]);
    assert_eq!(out.code, 0, "{out:?}");
    told(&out, "ok", "store", &["tasks.db: power-safe"]);
    told(&out, "ok", "messages", &["not made yet"]);
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    let out = room.popkit(&["doctor"]);
    assert_eq!(out.code, 1, "{out:?}");
    let mend = format!("chmod 700 {}", state.display());
    told(&out, "FAIL", "state", &["(0755)", &mend]);
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(room.state("tasks.db"), "no database, but long enough to be taken for one").unwrap();
    let out = room.popkit(&["doctor"]);
    assert_eq!(out.code, 1, "{out:?}");
    told(&out, "FAIL", "store", &["tasks.db"]);
}
