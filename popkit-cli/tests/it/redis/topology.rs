//! Several servers that belong together.

use popkit_testkit::{Aof, RedisCluster, RedisOptions, RedisSentinel};

use super::told;
use crate::room::Room;

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
    // A replica takes no writes.
    let out = room.popkit(&["backend", "ping", "--url", &sentinel.replica().url()]);
    out.refused(69, &["is a replica", "connect to the primary"]);
}
