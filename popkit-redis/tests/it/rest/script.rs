//! Scripts over REST.

use popkit_protocol::OutcomeKind;
use popkit_redis::{ErrorKind, Invocation, Redis, Script, server_error};

use super::{begin, connect, double};
use crate::support::value;

static PUSH: Script = Script::new("push", "return redis.call('RPUSH', KEYS[1], ARGV[1])");
static RAISE: Script = Script::new("raise", "return redis.error_reply('LANES_STALE 7')");
static BREAK: Script = Script::new(
    "break",
    "redis.call('SET', KEYS[1], 'written') return redis.call('HGET', KEYS[1], 'f')",
);

async fn push(redis: &Redis) -> i64 {
    let call = Invocation::new().key("l").arg("x");
    redis.eval(&PUSH, call).await.unwrap().into_int().unwrap()
}

#[tokio::test]
async fn a_script_that_is_not_known_is_sent_once_as_text() {
    let double = double().await;
    let redis = connect(&double).await;
    begin(&double);
    for expected in 1..=4 {
        assert_eq!(push(&redis).await, expected);
    }
    double.redis().flush_scripts();
    assert_eq!(push(&redis).await, 5);
    let counts = double.counts();
    assert_eq!((counts.get("eval"), counts.get("evalsha")), (Some(&2), Some(&5)), "{counts:?}");
}

#[tokio::test]
async fn a_batch_keeps_its_order_whether_or_not_the_service_knows_the_script() {
    let double = double().await;
    let redis = connect(&double).await;
    let calls: Vec<_> = (0..10).map(|n| Invocation::new().key("l").arg(n)).collect();
    for round in 0..3_i64 {
        if round == 2 {
            double.redis().flush_scripts();
        }
        let answers = redis.eval_batch(&PUSH, &calls).await.unwrap();
        let lengths: Vec<_> =
            answers.into_iter().map(|one| one.unwrap().into_int().unwrap()).collect();
        assert_eq!(lengths, (1..=10).map(|n| round * 10 + n).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn what_a_script_answers_as_an_error_keeps_its_code() {
    let double = double().await;
    let redis = connect(&double).await;
    let error = redis.eval(&RAISE, Invocation::new()).await.unwrap_err();
    let refused = server_error(&error).unwrap();
    assert_eq!((refused.code(), refused.text()), ("LANES_STALE", "7"));
    assert_eq!(error.outcome(), OutcomeKind::NotApplied);
}

#[tokio::test]
async fn a_script_that_fails_midway_may_have_written() {
    let double = double().await;
    let redis = connect(&double).await;
    let error = redis.eval(&BREAK, Invocation::new().key("a")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Corrupt, OutcomeKind::Unknown));
    assert_eq!(value(&redis, "a").await.as_deref(), Some("written"));
}
