//! A cluster of three nodes.

use std::time::Duration;

use popkit_protocol::{Namespace, OutcomeKind, SessionId, Topic};
use popkit_redis::{
    Command, ErrorKind, Invocation, Keyspace, Mode, Notice, Redis, RedisConfig, Role, Script,
    StreamStart, Topics,
};
use popkit_testkit::{RedisCluster, RedisServer};
use tokio::task::JoinSet;

use crate::stream::{add, numbers, open};
use crate::support::{
    DEADLINE, config, connect, connect_soon, connect_with, get, incr, refused, server, set, soon,
    until_ok, value,
};

fn config_of(cluster: &RedisCluster) -> RedisConfig {
    let nodes: Vec<_> = cluster.nodes().iter().map(|node| node.addr().to_string()).collect();
    config(&format!("redis+cluster://{}", nodes.join(",")))
}

async fn connected(cluster: &RedisCluster) -> Redis {
    connect_with(config_of(cluster).timeout(DEADLINE).connect_timeout(DEADLINE)).await
}

fn slot(cluster: &RedisCluster, key: &str) -> String {
    cluster.nodes()[0].cli(&["CLUSTER", "KEYSLOT", key])
}

/// A node that does not keep this key.
fn stranger<'a>(cluster: &'a RedisCluster, key: &str) -> &'a RedisServer {
    let owner = cluster.node_of(key).addr();
    cluster.nodes().iter().find(|node| node.addr() != owner).unwrap()
}

#[tokio::test]
async fn every_key_is_found_at_its_node() {
    let cluster = RedisCluster::start();
    let redis = connected(&cluster).await;
    assert!(redis.capabilities().cluster);
    for n in 0..50 {
        let key = format!("key-{n}");
        redis.execute(set(&key, "1")).await.unwrap();
        assert_eq!(cluster.node_of(&key).cli(&["GET", &key]), "1");
    }
    redis.ping().await.unwrap();
    let identities = ["a", "b", "c", "d", "e", "f"].map(|key| redis.identity(key));
    let mut runs = std::collections::BTreeSet::new();
    for identity in identities {
        let identity = identity.await.unwrap();
        assert_eq!((identity.role, identity.mode), (Some(Role::Primary), Some(Mode::Cluster)));
        runs.insert(identity.run_id.unwrap());
    }
    assert!(runs.len() > 1, "each key's own node answers");
}

#[tokio::test]
async fn what_belongs_to_a_session_lies_in_one_slot() {
    static PAIR: Script =
        Script::new("pair", "redis.call('SET', KEYS[1], 1) return redis.call('INCR', KEYS[2])");
    let cluster = RedisCluster::start();
    let redis = connected(&cluster).await;
    let team = Namespace::of(&SessionId::new("team").unwrap());
    for namespace in [Namespace::unnamed(), team] {
        let keys = Keyspace::new(&namespace, true);
        let stream = keys.stream(&namespace.channel(&Topic::Results));
        let (objective, tasks) = (keys.key("objective"), format!("{}st", keys.tasks()));
        assert_eq!(slot(&cluster, &stream), slot(&cluster, &objective));
        assert_ne!(slot(&cluster, &tasks), slot(&cluster, &objective));

        let both = redis.transaction(vec![set(&objective, "x"), incr(&keys.key("n"))]).await;
        assert!(both.unwrap().iter().all(Result::is_ok));
        let several = redis.pipeline(vec![get(&objective), incr(&keys.key("n"))]).await.unwrap();
        assert!(several.iter().all(Result::is_ok));
        for expected in 1..=2 {
            let call = Invocation::new().keys([keys.key("s1"), keys.key("s2")]);
            let answer = redis.eval(&PAIR, call).await.unwrap().into_int().unwrap();
            assert_eq!(answer, expected);
        }
        let calls = [Invocation::new().keys([keys.key("s1"), keys.key("s2")])];
        redis.eval_batch(&PAIR, &calls).await.unwrap().pop().unwrap().unwrap();
    }
    let error = redis.execute(Command::new("MGET").args(["a", "b"])).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, OutcomeKind::NotApplied));
}

#[tokio::test]
async fn what_blocks_is_sent_on_to_the_node_that_has_the_key() {
    let cluster = RedisCluster::start();
    let redis = connected(&cluster).await;
    for key in ["a", "b", "c"] {
        let mut line = redis.dedicated().unwrap();
        redis.execute(Command::new("RPUSH").args([key, "x"])).await.unwrap();
        let command = Command::new("BLPOP").args([key, "5"]);
        let answer = line.execute(command, Duration::from_secs(5)).await.unwrap();
        assert_eq!(answer.into_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn streams_are_read_and_channels_heard() {
    let cluster = RedisCluster::start();
    let redis = connected(&cluster).await;
    for key in ["{a}s", "{b}s", "{c}s"] {
        let mut reader = open(&redis, key, StreamStart::Now).await;
        for n in 0..10 {
            add(&redis, key, n).await;
        }
        assert_eq!(numbers(&mut reader, 10).await, (0..10).collect::<Vec<_>>());
    }
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    for node in cluster.nodes() {
        node.cli(&["PUBLISH", "a", "x"]);
        let notice = soon("the message", listener.next()).await.unwrap();
        assert!(matches!(notice, Notice::Message { .. }), "{notice:?}");
    }
}

/// Begins to move the slot of this key to another node.
fn begin_move(cluster: &RedisCluster, key: &str) -> (String, String) {
    let (source, target) = (cluster.node_of(key), stranger(cluster, key));
    let slot = slot(cluster, key);
    let (from, to) = (source.cli(&["CLUSTER", "MYID"]), target.cli(&["CLUSTER", "MYID"]));
    target.cli(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from]);
    source.cli(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to]);
    (slot, to)
}

/// Moves the slot of this key, which has no keys, to another node.
fn move_slot(cluster: &RedisCluster, key: &str) {
    let target = stranger(cluster, key);
    let (slot, to) = begin_move(cluster, key);
    // The target first: it is the one who then tells the others of it.
    target.cli(&["CLUSTER", "SETSLOT", &slot, "NODE", &to]);
    for node in cluster.nodes() {
        node.cli(&["CLUSTER", "SETSLOT", &slot, "NODE", &to]);
    }
}

#[tokio::test]
async fn a_slot_that_has_moved_is_followed_and_nothing_is_done_twice() {
    let cluster = RedisCluster::start();
    let redis = connected(&cluster).await;
    redis.ping().await.unwrap();
    move_slot(&cluster, "n");
    assert_eq!(redis.execute(incr("n")).await.unwrap().into_int().unwrap(), 1);
    assert_eq!(stranger(&cluster, "n").cli(&["GET", "n"]), "1");
    move_slot(&cluster, "{m}1");
    redis.transaction(vec![incr("{m}1"), incr("{m}2")]).await.unwrap();
    assert_eq!(value(&redis, "{m}2").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_slot_that_is_being_moved_is_asked_for_at_its_new_node() {
    let cluster = RedisCluster::start();
    let redis = connected(&cluster).await;
    begin_move(&cluster, "n");
    for expected in 1..=3 {
        assert_eq!(redis.execute(incr("n")).await.unwrap().into_int().unwrap(), expected);
    }
    let both = redis.transaction(vec![incr("n"), incr("n")]).await.unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!(redis.execute(get("n")).await.unwrap().into_int().unwrap(), 5);
}

#[tokio::test]
async fn a_node_whose_connections_are_cut_costs_no_call_twice() {
    let cluster = RedisCluster::start();
    let redis = connected(&cluster).await;
    let (mut done, mut unknown) = (0, 0);
    for round in 0..100 {
        if round % 10 == 5 {
            cluster.node_of("n").kill_clients();
        }
        match redis.execute(incr("n")).await {
            Ok(_) => done += 1,
            Err(error) if error.outcome() == OutcomeKind::Unknown => unknown += 1,
            Err(error) => panic!("{error}"),
        }
    }
    let number: i64 = value(&redis, "n").await.unwrap().parse().unwrap();
    assert!((done..=done + unknown).contains(&number), "{done} done, {unknown} unknown: {number}");
    assert_eq!(redis.counters().generation, 1, "the other nodes keep their connections");
}

#[tokio::test]
async fn many_calls_at_a_time_are_all_answered() {
    let cluster = RedisCluster::start();
    let redis = connected(&cluster).await;
    let mut calls = JoinSet::new();
    for n in 0..32 {
        let redis = redis.clone();
        calls.spawn(async move {
            for _ in 0..20 {
                redis.execute(incr(&format!("n{}", n % 8))).await.unwrap();
            }
        });
    }
    calls.join_all().await;
    for n in 0..8 {
        assert_eq!(value(&redis, &format!("n{n}")).await.as_deref(), Some("80"));
    }
}

#[tokio::test]
async fn a_node_that_is_silent_ends_calls_in_time_and_the_others_go_on() {
    let cluster = RedisCluster::start();
    let limit = Duration::from_millis(300);
    let redis = connect_soon(config_of(&cluster).timeout(limit).connect_timeout(limit)).await;
    let silent = cluster.node_of("n");
    let other = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let other = other.into_iter().find(|key| cluster.node_of(key).addr() != silent.addr()).unwrap();
    until_ok("a call", async || redis.execute(incr("n")).await).await;
    silent.pause();
    for _ in 0..4 {
        let error = soon("the end of the call", redis.execute(incr("n"))).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    silent.resume();
    soon("a call that succeeds", async { while redis.execute(incr("n")).await.is_err() {} }).await;
    redis.execute(incr(other)).await.unwrap();
}

#[tokio::test]
async fn what_is_no_cluster_and_what_is_one_are_told_apart() {
    let (cluster, single) = (RedisCluster::start(), server());
    let error = refused(config(&cluster.urls()[0])).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("is a node of a cluster; use redis+cluster://"), "{error}");
    let error = refused(config(&format!("redis+cluster://{}", single.addr()))).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("is no node of a cluster; use redis://"), "{error}");
    connect(&single.url()).await;
}

#[tokio::test]
async fn one_node_that_is_up_is_enough_to_begin_with() {
    let cluster = RedisCluster::start();
    let down = server();
    let addr = down.addr();
    drop(down);
    let url = format!("redis+cluster://{},{addr}", cluster.nodes()[0].addr());
    let redis = connect_with(config(&url).connect_timeout(DEADLINE)).await;
    redis.execute(set("a", "1")).await.unwrap();
}
