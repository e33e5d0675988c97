//! What goes wrong on the way: outcomes are exact, and nothing but reads is repeated.

use std::net::{SocketAddr, TcpListener};

use popkit_protocol::OutcomeKind::{NotApplied, Unknown};
use popkit_redis::{ErrorKind, Redis};
use popkit_testkit::{Fault, FaultProxy, UpstashDouble};
use tokio::io::copy_bidirectional;
use tokio::task::JoinSet;

use super::{SHORT, at, begin, config, connect, connect_soon, connect_with, double, until};
use crate::support::{get, incr, set, soon, value};

/// A double that holds `a`, after this fault was asked for.
async fn faulty(times: usize, fault: Fault) -> (UpstashDouble, Redis, u64) {
    let double = double().await;
    let redis = connect(&double).await;
    redis.execute(set("a", "7")).await.unwrap();
    let requests = begin(&double);
    double.faults().next(times, fault);
    (double, redis, requests)
}

#[tokio::test]
async fn a_write_whose_answer_is_no_good_is_unknown_and_never_repeated() {
    for (fault, kind, done) in [
        (Fault::Status(500), ErrorKind::Unavailable, false),
        (Fault::Status(502), ErrorKind::Unavailable, false),
        (Fault::Status(503), ErrorKind::Unavailable, false),
        (Fault::CloseBefore, ErrorKind::Unavailable, false),
        (Fault::CloseAfter, ErrorKind::Unavailable, true),
        (Fault::CutBody, ErrorKind::Unavailable, true),
        (Fault::InvalidJson, ErrorKind::Unexpected, true),
    ] {
        let (double, redis, requests) = faulty(1, fault).await;
        let error = redis.execute(incr("a")).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Unknown), "{fault:?}: {error}");
        assert!(!error.to_string().contains('\n'), "{error}");
        assert_eq!(double.requests(), requests + 1, "{fault:?}");
        let expected = if done { "8" } else { "7" };
        assert_eq!(value(&redis, "a").await.as_deref(), Some(expected), "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_whose_answer_is_lost_is_tried_three_times() {
    for fault in [Fault::Status(502), Fault::CloseBefore, Fault::CloseAfter, Fault::CutBody] {
        let (double, redis, requests) = faulty(2, fault).await;
        assert_eq!(value(&redis, "a").await.as_deref(), Some("7"), "{fault:?}");
        assert_eq!(double.requests(), requests + 3, "{fault:?}");
        double.faults().next(9, fault);
        let error = redis.execute(get("a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert_eq!(double.requests(), requests + 6, "{fault:?}");
    }
}

#[tokio::test]
async fn a_pipeline_is_repeated_only_where_all_of_it_reads() {
    let (double, redis, requests) = faulty(1, Fault::CloseAfter).await;
    redis.pipeline(vec![get("a"), get("b")]).await.unwrap();
    assert_eq!(double.requests(), requests + 2);
    double.faults().next(1, Fault::CloseAfter);
    let error = redis.pipeline(vec![get("a"), incr("a")]).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, Unknown));
    double.faults().next(1, Fault::CloseAfter);
    let error = redis.transaction(vec![get("a")]).await.unwrap_err();
    assert_eq!(error.outcome(), Unknown, "{error}");
    assert_eq!(double.requests(), requests + 4);
}

#[tokio::test]
async fn text_that_is_not_encoded_is_refused_and_not_guessed() {
    let (double, redis, requests) = faulty(1, Fault::WrongBase64).await;
    let error = redis.execute(get("a")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unexpected, Unknown));
    assert!(error.message().contains("not the base64"), "{error}");
    assert_eq!(double.requests(), requests + 1);
}

#[tokio::test]
async fn who_is_asked_to_slow_down_is_told_for_how_long_and_does() {
    let (double, redis, requests) = faulty(2, Fault::TooManyRequests { retry_after: 7 }).await;
    for command in [get("a"), incr("a")] {
        let error = redis.execute(command).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, NotApplied));
        assert_eq!(error.retry_after().map(|pause| pause.as_secs()), Some(7));
    }
    assert_eq!(double.requests(), requests + 2);
}

#[tokio::test]
async fn an_answer_that_is_late_is_unknown() {
    let double = double().await;
    let redis = connect_soon(config(&double).try_timeout(SHORT)).await;
    double.faults().next(1, Fault::Delay(10 * SHORT));
    let error = redis.execute(incr("n")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Unknown), "{error}");
    assert_eq!(redis.counters().timeouts, 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_the_wire_usable_and_is_counted() {
    let (double, redis, requests) = faulty(1, Fault::Delay(10 * SHORT)).await;
    let commands = redis.counters().commands;
    let call = redis.execute(incr("a"));
    tokio::select! {
        _ = call => panic!("it was answered at once"),
        () = until("the request to arrive", || double.requests() > requests) => {}
    }
    assert_eq!(redis.counters().commands, commands + 1);
    redis.ping().await.unwrap();
}

#[tokio::test]
async fn every_call_ends_in_its_time() {
    let double = double().await;
    let proxy = FaultProxy::start(double.addr());
    let url = format!("http://{}", proxy.addr());
    let config = at(&url, double.token()).timeout(2 * SHORT).try_timeout(SHORT);
    let redis = connect_soon(config).await;
    proxy.black_hole();
    for command in [get("a"), incr("n")] {
        let error = soon("an end", redis.execute(command)).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Unknown), "{error}");
    }
    proxy.refuse();
    let error = soon("an end", redis.execute(incr("n"))).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told_and_nothing_was_done() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let error = Redis::connect_rest(at(&url, "t")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, NotApplied));
    assert!(error.message().contains("connection refused; is the service running"), "{error}");
}

/// What listens at `addr` from now on, and passes everything on.
async fn pass_on(addr: SocketAddr, to: SocketAddr) {
    let socket = tokio::net::TcpListener::bind(addr).await.unwrap();
    let mut passing = JoinSet::new();
    loop {
        let (mut near, _) = socket.accept().await.unwrap();
        let mut far = tokio::net::TcpStream::connect(to).await.unwrap();
        passing.spawn(async move { copy_bidirectional(&mut near, &mut far).await });
    }
}

#[tokio::test]
async fn a_write_waits_for_a_service_that_is_away_at_most_for_its_time() {
    let double = double().await;
    let proxy = FaultProxy::start(double.addr());
    let addr = proxy.addr();
    let config = at(&format!("http://{addr}"), double.token());
    let (redis, hasty) =
        (connect_with(config.clone()).await, connect_soon(config.timeout(SHORT)).await);
    drop(proxy);
    // The connection from before is found closed by a read, which may be repeated.
    soon("an end", hasty.execute(get("n"))).await.unwrap_err();
    let error = soon("an end", hasty.execute(incr("n"))).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, NotApplied), "{error}");

    let call = redis.execute(incr("n"));
    tokio::pin!(call);
    assert!(tokio::time::timeout(SHORT, &mut call).await.is_err(), "it did not wait");
    let mut passing = JoinSet::new();
    passing.spawn(pass_on(addr, double.addr()));
    assert_eq!(soon("an answer", call).await.unwrap().into_int().unwrap(), 1);
}

#[tokio::test]
async fn a_reader_learns_that_another_server_may_answer() {
    let (_double, redis, _) = faulty(1, Fault::CloseAfter).await;
    let before = redis.counters().generation;
    assert_eq!(value(&redis, "a").await.as_deref(), Some("7"));
    assert_eq!(redis.counters().generation, before + 1);
    assert_eq!(value(&redis, "a").await.as_deref(), Some("7"));
    assert_eq!(redis.counters().generation, before + 1);
}
