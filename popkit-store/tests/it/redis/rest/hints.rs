//! Hints by server-sent events.

use popkit_store::TaskStoreExt as _;

use super::support::{double, options, url};
use crate::redis::faults::support::{Waiting, id, spawn_waiter, task, until, woken, worker};

#[tokio::test]
async fn who_polls_next_in_an_hour_is_told_by_a_hint() {
    let double = double().await;
    let seldom =
        url(&double).replace("poll_least=5ms&poll_most=50ms", "poll_least=1h&poll_most=1h");
    // Another configuration is another wire, as another process would have it.
    let sleeper = options(&format!("{seldom}&sse=on")).open().await.unwrap();
    let other = options(&format!("{seldom}&sse=on&silence=1h")).open().await.unwrap();
    let mut waiting = Waiting::new();
    spawn_waiter(&mut waiting, &sleeper, worker("w"));
    until("a subscription", async || double.open_streams() == 1).await;
    // What is told as it begins is asked for.
    until("a poll", async || double.counts().contains_key("xread")).await;
    double.reset_counts();
    other.insert(task("a")).await.unwrap();
    assert_eq!(double.counts().get("publish"), Some(&1));
    let (_, lease) = woken(&sleeper, &mut waiting).await;
    assert_eq!(lease.token.task, id("a"));
}
