//! What is billed shows in the counters.

use popkit_redis::{Command, Invocation, Script, Topics};

use super::{connect, double};
use crate::support::{get, incr, set};

static THREE: Script = Script::new(
    "three",
    "redis.call('SET', KEYS[1], 1) redis.call('INCR', KEYS[1]) return redis.call('GET', KEYS[1])",
);

#[tokio::test]
async fn every_command_is_counted_as_it_is_billed() {
    let double = double().await;
    let redis = connect(&double).await;
    redis.execute(set("a", "1")).await.unwrap();
    redis.pipeline(vec![get("a"), Command::new("HELLO"), get("b")]).await.unwrap();
    redis.transaction(vec![incr("a"), incr("a")]).await.unwrap();
    let counters = redis.counters();
    // With the sign of life that was asked for at first; `HELLO` was not sent.
    assert_eq!((counters.commands, counters.scripts, counters.round_trips), (6, 0, 4));
    assert_eq!(double.commands(), 6);
    assert_eq!(double.requests(), 4);
}

#[tokio::test]
async fn calls_of_scripts_are_told_apart_and_what_they_run_is_known_to_their_writer() {
    let double = double().await;
    let redis = connect(&double).await;
    for _ in 0..3 {
        redis.eval(&THREE, Invocation::new().key("n").runs(3)).await.unwrap();
    }
    let counters = redis.counters();
    // Once by digest in vain, then with its text.
    assert_eq!((counters.commands, counters.scripts), (5, 4));
    assert_eq!(double.commands(), counters.commands + 3 * 3, "{:?}", double.counts());
    // The call that was in vain counts as if it had run.
    assert_eq!((counters.inner, counters.billed()), (12, 17));
}

#[tokio::test]
async fn a_subscription_is_a_command() {
    let double = double().await;
    let redis = connect(&double).await;
    let _listener = redis.subscribe(Topics::channels(["a", "b"]).pattern("c*")).await.unwrap();
    let counters = redis.counters();
    assert_eq!((counters.commands, counters.connections), (4, 3));
}
