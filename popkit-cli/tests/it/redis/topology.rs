//! Several servers that belong together.

use popkit_testkit::{Aof, RedisCluster, RedisOptions, RedisSentinel, RedisServer};

use super::{told, well};
use crate::room::Room;

/// Runs a plan of two tasks, and reads what was told of it.
#[track_caller]
fn runs(url: &str) {
    let mut room = Room::new();
    room.set("PATH", std::env::var("PATH").unwrap());
    let tasks = "[{ id = 'a', command = 'true' }, { id = 'b', command = 'true', needs = ['a'] }]";
    room.write("p.toml", &format!("objective = 'o'\ntasks = {tasks}"));
    let out = room.popkit(&["run", "p.toml", "--agents", "2", "--url", url]);
    assert!(out.code == 0 && out.err.contains("2 of 2 done"), "{out:?}");
    assert_eq!(well(&room, &["watch", "--once", "results", "--url", url]).lines().count(), 2);
    well(&room, &["send", "ann", "hello", "--url", url]);
    assert!(well(&room, &["status", "--url", url]).contains("ann"));
    assert!(well(&room, &["inbox", "--agent", "ann", "--url", url]).contains("hello"));
}

#[test]
fn plans_run_over_tls_and_over_a_socket() {
    let options = || RedisOptions::default().aof(Aof::Always);
    let secure = RedisServer::start(options().tls().password("p@ss/word"));
    runs(&format!("{}?ca={}", secure.url(), secure.ca_file().unwrap().display()));
    let socket = RedisServer::start(options().unix_socket());
    runs(&format!("unix:{}", socket.socket().display()));
    runs(&format!("unix:{}?protocol=resp3&db=3", socket.socket().display()));
}

#[test]
fn a_cluster_works_and_is_told_as_one() {
    let cluster = RedisCluster::start_opts(RedisOptions::default().aof(Aof::Always));
    let hosts: Vec<String> = cluster.nodes().iter().map(|node| node.addr().to_string()).collect();
    let url = format!("redis+cluster://{}", hosts.join(","));
    let room = Room::new();
    let out = room.popkit(&["backend", "test", "--url", &url]);
    assert_eq!(out.code, 0, "{out:?}");
    told(&out, "ok", "channel", &["pop:results: heard"]);
    let out = room.popkit(&["backend", "status", "--url", &url]);
    assert!(out.out.contains("cluster, primary") && out.out.contains("power-safe"), "{out:?}");
    let out = room.popkit(&["doctor", "--url", &url]);
    assert_eq!(out.code, 0, "{out:?}");
    runs(&url);
    runs(&format!("{url}?session=team"));
    // One node alone is told what it is.
    let out = room.popkit(&["backend", "ping", "--url", &format!("redis://{}", hosts[0])]);
    out.refused(64, &["redis+cluster://"]);
}

#[test]
fn sentinels_lead_to_the_primary() {
    let sentinel = RedisSentinel::start_opts(1, RedisOptions::default().aof(Aof::Always));
    let hosts: Vec<String> = sentinel.sentinel_addrs().iter().map(ToString::to_string).collect();
    let url = format!("redis+sentinel://{}/{}", hosts.join(","), sentinel.service());
    let room = Room::new();
    let out = room.popkit(&["backend", "status", "--url", &url]);
    assert!(out.out.contains("sentinel, primary, 1 replica"), "{out:?}");
    let out = room.popkit(&["backend", "test", "--url", &url]);
    assert_eq!(out.code, 0, "{out:?}");
    runs(&url);
    // A replica takes no writes.
    let out = room.popkit(&["backend", "ping", "--url", &sentinel.replica().url()]);
    out.refused(69, &["is a replica", "connect to the primary"]);
}
