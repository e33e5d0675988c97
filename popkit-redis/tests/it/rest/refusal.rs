//! What the service refuses, each with its kind, and asked once.

use popkit_protocol::OutcomeKind::{NotApplied, Unknown};
use popkit_redis::{Command, Error, ErrorKind, Redis, Topics, server_error};
use popkit_testkit::{Broken, StreamFault, UpstashDouble, UpstashOptions};

use super::{at, begin, config, connect, connect_with, double};
use crate::support::{get, incr, set};

async fn refused(redis: &Redis, command: Command) -> Error {
    match redis.execute(command).await {
        Ok(reply) => panic!("answered {reply:?}"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_token_that_is_not_known_is_told_at_once() {
    let double = double().await;
    let error = Redis::connect_rest(at(&double.url(), "hunter2")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert!(error.message().contains("UPSTASH_REDIS_REST_TOKEN"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    assert_eq!(double.requests(), 1);
}

#[tokio::test]
async fn a_token_that_only_reads_is_told_as_one() {
    let double = double().await;
    let redis = connect_with(at(&double.url(), double.read_only_token())).await;
    redis.execute(get("a")).await.unwrap();
    let error = refused(&redis, set("a", "1")).await;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::PermissionDenied, NotApplied));
    assert!(error.message().contains("read-only token?"), "{error}");
    assert_eq!(server_error(&error).unwrap().code(), "NOPERM");
}

#[tokio::test]
async fn what_a_command_got_wrong_is_asked_once() {
    let double = double().await;
    let redis = connect(&double).await;
    redis.execute(set("a", "x")).await.unwrap();
    let requests = begin(&double);
    for (command, kind, code) in [
        (Command::new("XLEN").arg("a"), ErrorKind::Corrupt, "WRONGTYPE"),
        (Command::new("GET"), ErrorKind::Unexpected, "ERR"),
        (Command::new("NOSUCH"), ErrorKind::Unsupported, "ERR"),
        (Command::new("DEBUG").arg("SLEEP"), ErrorKind::Unsupported, "ERR"),
    ] {
        let error = refused(&redis, command).await;
        assert_eq!((error.kind(), error.outcome()), (kind, NotApplied), "{error}");
        assert_eq!(server_error(&error).unwrap().code(), code);
    }
    assert_eq!(double.requests(), requests + 4);
}

#[tokio::test]
async fn what_is_too_large_is_told_as_that() {
    let options = UpstashOptions::default().max_request(2000).max_key(100);
    let double = UpstashDouble::start(options).await;
    let redis = connect(&double).await;
    for (command, says) in [
        (set("a", &"x".repeat(3000)), "over the"),
        (set(&"k".repeat(200), "x"), "over the plan's size"),
    ] {
        let error = refused(&redis, command).await;
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::PayloadTooLarge, NotApplied));
        assert!(error.message().contains(says) && !error.is_retryable(), "{error}");
    }
    redis.ping().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_taken() {
    let double = double().await;
    let redis = connect_with(config(&double).answer_limit(2000)).await;
    redis.execute(set("a", &"x".repeat(1000))).await.unwrap();
    redis.execute(get("a")).await.unwrap();
    redis.execute(Command::new("APPEND").arg("a").arg("x".repeat(1000))).await.unwrap();
    let error = refused(&redis, get("a")).await;
    assert_eq!(error.kind(), ErrorKind::PayloadTooLarge, "{error}");
    assert!(error.message().contains("raise answer_limit"), "{error}");
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_told_with_a_pause_of_minutes_and_asked_once() {
    for (status, outcome) in [(400, NotApplied), (429, NotApplied), (500, Unknown)] {
        let options = UpstashOptions::default().quota(1).quota_status(status);
        let double = UpstashDouble::start(options).await;
        let redis = connect(&double).await;
        let requests = double.requests();
        for command in [get("a"), incr("a")] {
            let error = refused(&redis, command).await;
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, outcome));
            assert!(error.retry_after().unwrap().as_secs() >= 60, "{error}");
            assert!(error.message().contains("requests are used up"), "{error}");
        }
        assert_eq!(double.requests(), requests + 2, "{status}");
    }
}

#[tokio::test]
async fn another_kind_of_url_is_told() {
    let double = double().await;
    let error = redis_at_wrong_path(&double).await;
    assert!(!error.is_retryable(), "{error}");
    let error = Redis::connect_rest(at("http://example.org", "t")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert!(error.message().contains("unencrypted; use https://"), "{error}");
}

async fn redis_at_wrong_path(double: &UpstashDouble) -> Error {
    let url = format!("{}/no/such/place", double.url());
    Redis::connect_rest(at(&url, double.token())).await.unwrap_err()
}

#[tokio::test]
async fn a_subscription_is_refused_as_a_command_is() {
    let double = double().await;
    let redis = connect(&double).await;
    let error = redis.subscribe(Topics::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    double.faults().next_stream(1, StreamFault::Status(401));
    let error = redis.subscribe(Topics::channels(["a"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    double.faults().next_stream(1, StreamFault::Status(503));
    let error = redis.subscribe(Topics::channels(["a"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn a_service_without_patterns_is_told_as_one() {
    let options = UpstashOptions::default().broken(Broken::NoPsubscribe);
    let double = UpstashDouble::start(options).await;
    let redis = connect(&double).await;
    let error = redis.subscribe(Topics::default().pattern("pop:*")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    redis.subscribe(Topics::channels(["pop:a"])).await.unwrap();
}
