//! Servers that cannot be used: one line each, with the mend and without secrets.

use popkit_testkit::{Aof, RedisOptions, RedisServer};

use super::{SECRET, server, told};
use crate::room::{Out, Room};

#[track_caller]
fn ping(url: &str) -> Out {
    let room = Room::new();
    let out = room.popkit(&["backend", "ping", "--url", url]);
    assert!(!format!("{out:?}").contains(SECRET), "{out:?}");
    out
}

#[test]
fn nobody_at_the_port() {
    let server = server();
    server.stop();
    let port = server.addr().port().to_string();
    let words = ["cannot connect", &*port, "connection refused", "is the server running there?"];
    ping(&server.url()).refused(69, &words);
    let room = Room::new();
    for command in ["status", "test"] {
        let out = room.popkit(&["backend", command, "--url", &server.url()]);
        assert_eq!(out.code, 69, "{out:?}");
    }
}

#[test]
fn a_wrong_password_and_none() {
    let server = RedisServer::start(RedisOptions::default().password(SECRET));
    let addr = server.addr();
    ping(&format!("redis://{addr}")).refused(77, &["wants a password", "REDIS_PASSWORD"]);
    ping(&format!("redis://:wrong@{addr}")).refused(77, &["refused the user or password"]);
    ping(&format!("redis://bob:{SECRET}@{addr}")).refused(77, &["refused the user or password"]);
}

#[test]
fn a_password_that_nobody_wants() {
    let server = server();
    let url = format!("redis://:{SECRET}@{}", server.addr());
    ping(&url).refused(77, &["password"]);
}

#[test]
fn a_database_that_is_not_there() {
    let server = server();
    let out = ping(&format!("{}/99", server.url()));
    out.refused(64, &["no database 99", "from 0 to 15"]);
}

#[test]
fn tls_where_there_is_none_and_the_reverse() {
    let plain = server();
    ping(&format!("rediss://{}", plain.addr())).refused(69, &["does this port speak TLS?"]);
    let secure = RedisServer::start(RedisOptions::default().tls());
    let out = ping(&format!("redis://{}", secure.addr()));
    out.refused(69, &["rediss://"]);
    ping(&secure.url()).refused(64, &["not trusted", "ca=FILE"]);
    let ca = secure.ca_file().unwrap().display();
    let out = ping(&format!("{}?ca={ca}", secure.url()));
    assert_eq!(out.code, 0, "{out:?}");
}

#[test]
fn unencrypted_to_another_machine() {
    ping(&format!("redis://:{SECRET}@redis.example.org"))
        .refused(64, &["unencrypted", "rediss://"]);
}

#[test]
fn what_is_no_url() {
    let words = ["--url", "no backend for \"postgres\"", "redis://HOST:PORT"];
    ping(&format!("postgres://bob:{SECRET}@x/y")).refused(64, &words);
    ping(SECRET).refused(64, &["not a URL"]);
}

#[test]
fn an_evicting_server_fails_the_test_with_its_mend() {
    let options = RedisOptions::default().aof(Aof::Always).arg("maxmemory-policy", "allkeys-lru");
    let (room, server) = (Room::new(), RedisServer::start(options));
    let out = room.popkit(&["backend", "test", "--url", &server.url()]);
    assert_eq!(out.code, 64, "{out:?}");
    told(&out, "FAIL", "eviction", &["allkeys-lru", "CONFIG SET maxmemory-policy noeviction"]);
    assert!(out.err.starts_with("popkit: 1 of 17 checks failed"), "{out:?}");
    // The mend mends it.
    server.cli(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    assert_eq!(room.popkit(&["backend", "test", "--url", &server.url()]).code, 0);
}

#[test]
fn a_full_server_says_so() {
    let options = RedisOptions::default().aof(Aof::Always).arg("maxmemory", "1");
    let (room, server) = (Room::new(), RedisServer::start(options));
    let out = room.popkit(&["backend", "test", "--url", &server.url()]);
    assert_eq!(out.code, 75, "{out:?}");
    told(&out, "FAIL", "keys", &["memory is full", "raise its limit"]);
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let server = server();
    server.pause();
    let out = ping(&format!("{}?timeout=200ms&connect_timeout=200ms", server.url()));
    assert_eq!(out.code, 69, "{out:?}");
    server.resume();
}
