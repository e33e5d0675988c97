//! Scripts and the server's memory of them.

use popkit_protocol::OutcomeKind;
use popkit_redis::{ErrorKind, Invocation, Redis, Script, server_error};

use crate::support::{connect, durable, server, value};

static PUSH: Script = Script::new("push", "return redis.call('RPUSH', KEYS[1], ARGV[1])");
static RAISE: Script = Script::new("raise", "return redis.error_reply('LANES_STALE 7')");
static BREAK: Script = Script::new(
    "break",
    "redis.call('SET', KEYS[1], 'written') return redis.call('HGET', KEYS[1], 'f')",
);

async fn push(redis: &Redis, item: &str) -> i64 {
    let call = Invocation::new().key("l").arg(item);
    redis.eval(&PUSH, call).await.unwrap().into_int().unwrap()
}

#[tokio::test]
async fn a_script_is_sent_once_and_then_called_by_its_digest() {
    let server = server();
    let redis = connect(&server.url()).await;
    for expected in 1..=5 {
        assert_eq!(push(&redis, "x").await, expected);
    }
    let stats = server.commandstats();
    assert_eq!((stats.get("eval"), stats.get("evalsha")), (Some(&1), Some(&5)), "{stats:?}");
}

#[tokio::test]
async fn a_script_survives_a_flush_and_a_restart() {
    let server = durable();
    let redis = connect(&server.url()).await;
    assert_eq!(push(&redis, "a").await, 1);
    server.flush_scripts();
    assert_eq!(push(&redis, "b").await, 2);
    server.restart();
    assert_eq!(push(&redis, "c").await, 3);
}

#[tokio::test]
async fn a_batch_keeps_its_order_whether_or_not_the_server_knows_the_script() {
    let server = server();
    let redis = connect(&server.url()).await;
    let calls: Vec<_> = (0..10).map(|n| Invocation::new().key("l").arg(n)).collect();
    for round in 0..3_i64 {
        if round == 2 {
            server.flush_scripts();
        }
        let answers = redis.eval_batch(&PUSH, &calls).await.unwrap();
        let lengths: Vec<_> =
            answers.into_iter().map(|one| one.unwrap().into_int().unwrap()).collect();
        assert_eq!(lengths, (1..=10).map(|n| round * 10 + n).collect::<Vec<_>>());
    }
    assert!(redis.eval_batch(&PUSH, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_script_answers_as_an_error_keeps_its_code() {
    let server = server();
    let redis = connect(&server.url()).await;
    let error = redis.eval(&RAISE, Invocation::new()).await.unwrap_err();
    let refused = server_error(&error).unwrap();
    assert_eq!((refused.code(), refused.text()), ("LANES_STALE", "7"));
    assert_eq!(error.outcome(), OutcomeKind::NotApplied);
}

#[tokio::test]
async fn a_script_that_fails_midway_may_have_written() {
    let server = server();
    let redis = connect(&server.url()).await;
    let error = redis.eval(&BREAK, Invocation::new().key("a")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Corrupt, OutcomeKind::Unknown));
    assert_eq!(value(&redis, "a").await.as_deref(), Some("written"));
}
