//! What happens to calls while something is wrong.

use std::time::Duration;

use popkit_protocol::OutcomeKind;
use popkit_redis::{ErrorKind, Redis, RedisConfig};
use popkit_testkit::{FaultProxy, RedisServer, wait_until};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::{
    DEADLINE, config, connect, connect_soon, durable, get, incr, server, set, soon, until_ok, value,
};

/// With little patience.
fn hasty(url: &str) -> RedisConfig {
    config(url).timeout(Duration::from_millis(300)).connect_timeout(Duration::from_millis(200))
}

/// Tries until a call succeeds.
async fn works(redis: &Redis) {
    until_ok("a call that succeeds", async || redis.execute(set("works", "1")).await).await;
}

#[tokio::test]
async fn a_killed_connection_costs_no_call() {
    let server = server();
    let redis = connect(&server.url()).await;
    for expected in 1..=20 {
        let answer = redis.execute(incr("n")).await.unwrap();
        assert_eq!(answer.into_int().unwrap(), expected, "nothing is lost, nothing done twice");
        let generation = redis.counters().generation;
        assert_eq!(server.kill_clients(), 1);
        // That the connection is gone is noticed before the next call is sent.
        soon("the end of the connection", async {
            while redis.counters().generation == generation {
                redis.execute(get("n")).await.unwrap();
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_killed_server_that_comes_back_is_used_again() {
    let server = durable();
    let redis = connect(&server.url()).await;
    redis.execute(set("a", "1")).await.unwrap();
    for _ in 0..3 {
        server.kill();
        server.restart();
        assert_eq!(value(&redis, "a").await.as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn a_call_that_nobody_drives_any_more_keeps_no_other_one_waiting() {
    let server = durable();
    let redis = connect(&server.url()).await;
    redis.execute(set("a", "1")).await.unwrap();
    server.kill();
    // It waits for a connection, and then it is kept and not asked for again.
    let mut left = Box::pin(redis.execute(get("a")));
    let waits = tokio::time::timeout(Duration::from_millis(200), left.as_mut()).await;
    assert!(waits.is_err(), "{waits:?}");
    server.restart();
    assert_eq!(value(&redis, "a").await.as_deref(), Some("1"));
    drop(left);
}

#[tokio::test]
async fn calls_wait_for_a_server_that_is_down_and_all_are_done() {
    let server = durable();
    let redis = connect(&server.url()).await;
    server.kill();
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let redis = redis.clone();
        calls.spawn(async move { redis.execute(incr("n")).await });
    }
    tokio::task::yield_now().await;
    server.restart();
    for call in calls.join_all().await {
        call.unwrap();
    }
    assert_eq!(value(&redis, "n").await.as_deref(), Some("20"));
}

#[tokio::test]
async fn a_call_while_the_server_is_down_ends_in_time_and_was_not_applied() {
    let server = durable();
    let redis = connect_soon(hasty(&server.url())).await;
    works(&redis).await;
    server.kill();
    // The first call may meet the connection before its end is noticed.
    let _ = redis.execute(incr("n")).await;
    for _ in 0..3 {
        let error = soon("the end of the call", redis.execute(incr("n"))).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Unavailable, OutcomeKind::NotApplied)
        );
        assert!(error.message().contains("connection refused"), "{error}");
    }
    server.restart();
    works(&redis).await;
}

#[tokio::test]
async fn a_server_that_is_paused_makes_calls_late_and_later_ones_work() {
    let server = server();
    let redis = connect_soon(hasty(&server.url())).await;
    works(&redis).await;
    server.pause();
    let begun = Instant::now();
    let error = redis.execute(incr("n")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    assert!(begun.elapsed() >= Duration::from_millis(290));
    assert!(error.message().contains("did not answer INCR within"), "{error}");
    // The connection stays open and silent; a new one is tried, and it is silent too.
    for _ in 0..3 {
        let error = soon("the end of the call", redis.execute(incr("n"))).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    server.resume();
    works(&redis).await;
    assert!(redis.counters().timeouts >= 2);
}

#[tokio::test]
async fn a_connection_that_stays_silent_is_replaced() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let redis = connect_soon(hasty(&proxy.url())).await;
    works(&redis).await;
    proxy.black_hole();
    let error = redis.execute(incr("n")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    let error = redis.execute(incr("n")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    // From here on nothing is sent over it any more.
    let error = redis.execute(incr("n")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    proxy.heal();
    works(&redis).await;
    assert!(proxy.connections() > 1);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_unknown_and_the_server_has_acted() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let redis = connect(&proxy.url()).await;
    proxy.cut_after_reply_bytes(0);
    let error = redis.execute(incr("n")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::Unknown));
    assert!(error.message().contains("lost before INCR was answered"), "{error}");
    assert_eq!(server.cli(&["GET", "n"]), "1", "it is not repeated");
    redis.ping().await.unwrap();
    proxy.cut_after_reply_bytes(0);
    let error = redis.transaction(vec![incr("n"), incr("n")]).await.unwrap_err();
    assert_eq!(error.outcome(), OutcomeKind::Unknown);
    assert_eq!(value(&redis, "n").await.as_deref(), Some("3"));
}

#[tokio::test]
async fn a_read_whose_answer_is_lost_is_repeated_once() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let redis = connect(&proxy.url()).await;
    redis.execute(set("a", "1")).await.unwrap();
    proxy.cut_after_reply_bytes(0);
    assert_eq!(value(&redis, "a").await.as_deref(), Some("1"));
    assert_eq!(redis.counters().generation, 2);
}

#[tokio::test]
async fn a_read_without_an_answer_is_tried_once_more_where_that_is_wanted() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    for (retry, tries) in [(true, 2), (false, 1)] {
        let redis = connect_soon(hasty(&proxy.url()).retry_on_timeout(retry)).await;
        works(&redis).await;
        let before = redis.counters();
        proxy.black_hole();
        let error = redis.execute(get("a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(redis.counters().timeouts - before.timeouts, tries);
        proxy.heal();
    }
}

#[tokio::test]
async fn a_connection_that_died_in_a_pause_is_noticed_before_a_write() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let limits = config(&proxy.url()).timeout(DEADLINE).connect_timeout(Duration::from_millis(300));
    let redis = connect_soon(limits.health_check_interval(Duration::from_millis(10))).await;
    redis.execute(set("a", "1")).await.unwrap();
    let (connections, generation) = (proxy.connections(), redis.counters().generation);
    proxy.black_hole();
    let begun = Instant::now();
    wait_until(DEADLINE, "a pause", || begun.elapsed() > Duration::from_millis(20));
    let write = redis.execute(incr("n"));
    let heal = async {
        wait_for_attempt(&proxy, connections + 1).await;
        proxy.heal();
    };
    let (answer, ()) = tokio::join!(write, heal);
    assert_eq!(answer.unwrap().into_int().unwrap(), 1);
    assert_eq!(redis.counters().generation, generation + 1);
}

/// Waits until so many connections were made.
async fn wait_for_attempt(proxy: &FaultProxy, connections: u64) {
    soon("the next connection", async {
        while proxy.connections() < connections {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn calls_that_are_dropped_leave_the_connection_usable() {
    let server = server();
    let redis = connect(&server.url()).await;
    for _ in 0..50 {
        let call = redis.execute(incr("n"));
        let _ = tokio::time::timeout(Duration::from_micros(50), call).await;
    }
    redis.execute(set("a", "1")).await.unwrap();
    assert_eq!(value(&redis, "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_server_that_loads_its_data_is_waited_for() {
    let server = durable();
    let redis = connect(&server.url()).await;
    redis.execute(set("a", "1")).await.unwrap();
    // Big enough that loading takes a while.
    let fill = "for i = 1, 200000 do redis.call('SET', 'k' .. i, i) end return 1";
    server.cli(&["EVAL", fill, "0"]);
    server.kill();
    let restart = std::thread::scope(|scope| {
        let handle = scope.spawn(|| server.restart());
        handle.join()
    });
    restart.unwrap();
    assert_eq!(value(&redis, "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn closing_ends_calls_that_wait_for_a_connection() {
    let server = durable();
    let redis = connect(&server.url()).await;
    server.kill();
    wait_until(DEADLINE, "the end of the server", || !server.is_running());
    let waiting = {
        let redis = redis.clone();
        async move {
            loop {
                let error = redis.execute(incr("n")).await.unwrap_err();
                if error.kind() == ErrorKind::Closed {
                    return;
                }
            }
        }
    };
    let close = async {
        tokio::task::yield_now().await;
        redis.close().await.unwrap();
    };
    soon("the end of the call", async { tokio::join!(waiting, close) }).await;
}

#[tokio::test]
async fn several_servers_of_one_program_do_not_mix() {
    let (one, two) = (server(), server());
    let (first, second) = (connect(&one.url()).await, connect(&two.url()).await);
    first.execute(set("a", "1")).await.unwrap();
    assert_eq!(value(&second, "a").await, None);
    drop::<RedisServer>(one);
    second.ping().await.unwrap();
}
