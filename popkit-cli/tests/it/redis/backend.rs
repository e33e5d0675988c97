//! `backend` on one server.

use popkit_testkit::{Aof, RedisOptions, RedisServer};

use super::{SECRET, server, told, well};
use crate::room::Room;

#[test]
fn status_shows_what_the_server_is_and_promises() {
    let (room, server) = (Room::new(), server());
    let page = well(&room, &["backend", "status", "--url", &server.url()]);
    let version = server.info("redis_version");
    for row in [
        format!("{}/0 (from --url)", server.url()),
        format!("\n  server      Redis {version}, single server, primary, 0 replicas"),
        "\n  durability  power-safe (appendonly yes, appendfsync always)".to_owned(),
        "\n  eviction    noeviction".to_owned(),
        "\n  latency     ".to_owned(),
    ] {
        assert!(page.contains(&row), "{row:?} is missing in\n{page}");
    }
    assert!(!page.contains("note"), "{page}");
    let out = room.popkit(&["--json", "backend", "status", "--url", &server.url()]);
    let shown = &out.lines()[0];
    assert_eq!((&shown["backend"], &shown["durability"]), (&"redis".into(), &"power-safe".into()));
    assert_eq!((&shown["role"], &shown["version"]), (&"primary".into(), &version.into()));
    assert!(shown["latency_us"].is_u64() && shown["remarks"].as_array().unwrap().is_empty());
}

#[test]
fn a_weaker_server_is_used_and_announced() {
    let room = Room::new();
    for (aof, class) in [(Aof::EverySec, "crash-safe"), (Aof::Off, "process")] {
        let server = RedisServer::start(RedisOptions::default().aof(aof));
        let page = well(&room, &["backend", "status", "--url", &server.url()]);
        assert!(page.contains(&format!("durability  {class}")), "{page}");
        assert!(page.contains("note        Redis may lose"), "{page}");
        let out = room.popkit(&["backend", "test", "--url", &server.url()]);
        assert_eq!(out.code, 0, "{out:?}");
        told(&out, "note", "settings", &["Redis may lose", "; set append"]);
    }
}

#[test]
fn ping_tells_the_time() {
    let (room, server) = (Room::new(), server());
    let line = well(&room, &["backend", "ping", "--url", &server.url()]);
    assert!(line.starts_with(&format!("PONG from {}/0 in ", server.url())), "{line}");
    let out = room.popkit(&["--json", "backend", "ping", "--url", &server.url()]);
    assert!(out.lines()[0]["latency_us"].is_u64(), "{out:?}");
}

#[test]
fn test_uses_everything_and_leaves_nothing() {
    let (room, server) = (Room::new(), server());
    let out = room.popkit(&["backend", "test", "--url", &server.url()]);
    assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
    for (name, word) in [
        ("connect", "redis://"),
        ("ping", "answered in"),
        ("version", "Redis 7"),
        ("keys", "written, read and removed"),
        ("scripts", "by digest"),
        ("streams", "added and read"),
        ("hand-off", "taken over"),
        ("pub/sub", "came back"),
        ("channel", "pop:broadcast: heard"),
        ("channel", "pop:heartbeat: heard"),
        ("channel", "pop:results: heard"),
        ("channel", "pop:insights: heard"),
        ("channel", "pop:coordinator: heard"),
        ("channel", "pop:human: heard"),
        ("channel", "pop:agent:test-"),
        ("eviction", "noeviction"),
        ("durability", "power-safe"),
    ] {
        told(&out, "ok", name, &[word]);
    }
    assert_eq!(server.cli(&["DBSIZE"]), "0", "{:?}", server.cli(&["KEYS", "*"]));
}

#[test]
fn a_named_session_is_tested_under_its_own_names() {
    let (room, server) = (Room::new(), server());
    let url = server.url();
    let out = room.popkit(&["backend", "test", "--session", "team", "--url", &url]);
    assert_eq!(out.code, 0, "{out:?}");
    told(&out, "ok", "channel", &["pop:{team}:results: heard"]);
    assert!(!out.out.contains("pop:results"), "{out:?}");
}

#[test]
fn the_environment_names_a_server_and_the_command_line_wins() {
    let (mut room, server) = (Room::new(), server());
    let addr = server.addr();
    room.set("REDIS_HOST", addr.ip().to_string());
    room.set("REDIS_PORT", addr.port().to_string());
    let page = well(&room, &["backend", "status"]);
    assert!(page.starts_with(&format!("redis://{addr}/0 (from the environment)")), "{page}");
    room.set("REDIS_URL", format!("redis://{addr}/3"));
    let line = well(&room, &["backend", "ping"]);
    assert!(line.contains(&format!("redis://{addr}/3")), "{line}");
    let line = well(&room, &["backend", "ping", "--url", "memory:"]);
    assert!(line.starts_with("PONG from memory:"), "{line}");
}

#[test]
fn the_password_of_the_environment_is_used_and_never_shown() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always).password(SECRET));
    let mut room = Room::new();
    room.set("REDIS_PORT", server.addr().port().to_string());
    room.set("REDIS_PASSWORD", SECRET);
    for args in [&["backend", "status"][..], &["backend", "test"], &["--json", "backend", "test"]] {
        let out = room.popkit(args);
        assert_eq!(out.code, 0, "{out:?}");
        assert!(!format!("{out:?}").contains(SECRET), "{out:?}");
    }
}

#[test]
fn a_socket_is_as_good_as_a_port() {
    let room = Room::new();
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always).unix_socket());
    let url = format!("unix:{}", server.socket().display());
    let out = room.popkit(&["backend", "test", "--url", &url]);
    assert_eq!(out.code, 0, "{out:?}");
    told(&out, "ok", "connect", &[&url]);
}
