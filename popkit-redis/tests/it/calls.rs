//! Commands, pipelines and transactions while nothing is wrong.

use bytes::Bytes;
use popkit_protocol::OutcomeKind;
use popkit_redis::{Command, ErrorKind, Protocol, Redis, Reply, server_error};
use popkit_testkit::{RedisOptions, RedisServer};

use crate::support::{config, connect, connect_with, get, incr, server, set, value};

fn hincrby(key: &str) -> Command {
    Command::new("HINCRBY").args([key, "f", "1"])
}

async fn both(server: &RedisServer) -> [Redis; 2] {
    let with = |protocol| connect_with(config(&server.url()).protocol(protocol));
    [with(Protocol::Resp2).await, with(Protocol::Resp3).await]
}

#[tokio::test]
async fn answers_are_the_same_over_both_protocols() {
    let server = server();
    for redis in both(&server).await {
        let ask = async |command: Command| redis.execute(command).await.unwrap();
        ask(Command::new("HSET").args(["h", "a", "1", "b", "2"])).await;
        let map = ask(Command::new("HGETALL").arg("h")).await.into_map().unwrap();
        let texts: Vec<_> =
            map.into_iter().map(|(k, v)| (k.into_text().unwrap(), v.into_int().unwrap())).collect();
        assert_eq!(texts, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        ask(Command::new("ZADD").args(["z", "1.5", "m"])).await;
        let score = ask(Command::new("ZSCORE").args(["z", "m"])).await.into_double().unwrap();
        assert_eq!(score.to_bits(), 1.5_f64.to_bits());
        let ranged = ask(Command::new("ZRANGE").args(["z", "0", "-1", "WITHSCORES"])).await;
        assert_eq!(ranged.into_map().unwrap().len(), 1);
        let is_member = ask(Command::new("SISMEMBER").args(["none", "x"])).await;
        assert!(!is_member.into_bool().unwrap());
        assert!(ask(get("none")).await.is_nil());
        assert!(redis.identity("a").await.unwrap().run_id.is_some());
    }
}

#[tokio::test]
async fn any_bytes_survive() {
    let server = server();
    let odd: Vec<u8> = (0..=255).collect();
    for redis in both(&server).await {
        let odd = Bytes::from(odd.clone());
        redis.execute(Command::new("SET").arg("b").arg(&odd)).await.unwrap();
        assert_eq!(redis.execute(get("b")).await.unwrap().into_bytes().unwrap(), odd);
    }
}

#[tokio::test]
async fn an_answer_that_is_an_error_keeps_the_servers_code() {
    let server = server();
    let redis = connect(&server.url()).await;
    redis.execute(set("a", "x")).await.unwrap();
    let error = redis.execute(hincrby("a")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Corrupt, OutcomeKind::NotApplied));
    assert_eq!(server_error(&error).unwrap().code(), "WRONGTYPE");
}

#[tokio::test]
async fn a_pipeline_is_one_round_trip_and_every_command_stands_for_itself() {
    let server = server();
    let redis = connect(&server.url()).await;
    let before = redis.counters();
    let commands = vec![set("a", "x"), hincrby("a"), incr("n"), get("a")];
    let answers = redis.pipeline(commands).await.unwrap();
    let after = redis.counters();
    assert_eq!((after.commands - before.commands, after.round_trips - before.round_trips), (4, 1));
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[1].as_ref().unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(answers[2].as_ref().unwrap(), &Reply::Int(1));
    assert!(redis.pipeline(Vec::new()).await.unwrap().is_empty());
    assert_eq!(redis.counters(), after);
}

#[tokio::test]
async fn a_transaction_is_one_round_trip_and_nothing_comes_between() {
    let server = server();
    let (redis, other) = (connect(&server.url()).await, connect(&server.url()).await);
    let noise = async {
        for _ in 0..50 {
            other.execute(incr("n")).await.unwrap();
        }
    };
    let pairs = async {
        for _ in 0..50 {
            let before = redis.counters();
            let answers = redis.transaction(vec![incr("n"), incr("n")]).await.unwrap();
            let numbers: Vec<_> =
                answers.into_iter().map(|one| one.unwrap().into_int().unwrap()).collect();
            assert_eq!(numbers[0] + 1, numbers[1]);
            assert_eq!(redis.counters().round_trips - before.round_trips, 1);
        }
    };
    tokio::join!(noise, pairs);
    assert_eq!(value(&redis, "n").await.as_deref(), Some("150"));
}

#[tokio::test]
async fn a_transaction_that_is_refused_does_nothing() {
    let server = server();
    let redis = connect(&server.url()).await;
    let error = redis.transaction(vec![incr("n"), Command::new("NOSUCH")]).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, OutcomeKind::NotApplied));
    assert_eq!(value(&redis, "n").await, None);
    redis.execute(set("a", "x")).await.unwrap();
    let answers = redis.transaction(vec![incr("n"), hincrby("a")]).await.unwrap();
    assert!(answers[0].is_ok() && answers[1].is_err(), "Redis takes nothing back");
    assert_eq!(value(&redis, "n").await.as_deref(), Some("1"));
    redis.ping().await.unwrap();
}

#[tokio::test]
async fn many_calls_share_one_connection() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let redis = redis.clone();
        calls.spawn(async move {
            for _ in 0..20 {
                redis.execute(incr("n")).await.unwrap();
            }
        });
    }
    calls.join_all().await;
    assert_eq!(value(&redis, "n").await.as_deref(), Some("1280"));
    assert_eq!(redis.counters().connections, 1);
}

#[tokio::test]
async fn full_memory_is_told_as_full() {
    let options =
        RedisOptions::default().arg("maxmemory", "1kb").arg("maxmemory-policy", "noeviction");
    let server = RedisServer::start(options);
    let redis = connect(&server.url()).await;
    let error = redis.execute(set("a", &"x".repeat(10_000))).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Full, OutcomeKind::NotApplied));
}

#[tokio::test]
async fn a_closed_handle_refuses_calls_and_its_clones_do_too() {
    let server = server();
    let redis = connect(&server.url()).await;
    let clone = redis.clone();
    redis.close().await.unwrap();
    redis.close().await.unwrap();
    for redis in [&redis, &clone] {
        let error = redis.execute(incr("n")).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Closed, OutcomeKind::NotApplied));
        assert!(redis.dedicated().is_err() && redis.pipeline(Vec::new()).await.is_err());
    }
}
