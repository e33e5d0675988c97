//! One poll for all who wait, over the double.

use std::time::Duration;

use popkit_redis::{Command, Entry, ErrorKind, Keyspace, Redis, RestConfig, Result, StreamId};
use popkit_testkit::{Fault, StreamFault, UpstashDouble, UpstashOptions};

use crate::rest::{config, connect_alone, connect_with, double, until};
use crate::stream::add;
use crate::support::soon;

const HOUR: Duration = Duration::from_secs(3600);

/// So fast that nobody waits for it.
fn quick(double: &UpstashDouble) -> RestConfig {
    config(double).poll(Duration::from_millis(5), Duration::from_millis(20))
}

/// So slow that nothing but a hint is in time.
fn hinted(double: &UpstashDouble) -> RestConfig {
    config(double).poll(HOUR, HOUR).sse(true)
}

async fn entries(redis: &Redis, key: &str, after: StreamId) -> Result<Vec<Entry>> {
    let found = redis.await_entries(vec![(key.to_owned(), after)], 10).await?;
    let [(found, entries)] = found.try_into().unwrap();
    assert_eq!(found, key);
    Ok(entries)
}

fn wake() -> String {
    Keyspace::new(&popkit_protocol::Namespace::unnamed(), false).wake()
}

/// Adds an entry and tells so, as who writes does.
async fn add_and_tell(redis: &Redis, key: &str) {
    let added = Command::new("XADD").args([key, "*", "n", "1"]);
    let id = redis.execute(added).await.unwrap().into_text().unwrap();
    let told = Command::new("PUBLISH").arg(wake()).arg(format!("{key} {id}"));
    redis.execute(told).await.unwrap();
}

fn asked(double: &UpstashDouble) -> u64 {
    double.counts().get("xread").copied().unwrap_or_default()
}

#[tokio::test]
async fn what_is_opened_twice_shares_counters_and_the_one_question() {
    let double = double().await;
    let (one, two) = (connect_with(quick(&double)).await, connect_with(quick(&double)).await);
    assert_eq!((one.counters(), double.commands()), (two.counters(), 1));
    let other = connect_alone(&double).await;
    other.ping().await.unwrap();
    assert_eq!((one.counters().commands, other.counters().commands), (1, 2));
    let before = one.counters().round_trips;
    let (a, b) = (entries(&one, "a", StreamId::ZERO), entries(&two, "b", StreamId::ZERO));
    let added = async {
        until("some questions", || asked(&double) >= 5).await;
        let questions = one.counters().round_trips - before;
        assert!(questions.abs_diff(asked(&double)) <= 1, "{questions}");
        add(&other, "b", 1).await;
        add(&other, "a", 2).await;
    };
    let (a, b, ()) = soon("the entries", async { tokio::join!(a, b, added) }).await;
    assert_eq!((a.unwrap().len(), b.unwrap().len()), (1, 1));
}

#[tokio::test]
async fn who_opens_at_the_same_time_shares_too() {
    let double = double().await;
    let open = || connect_with(quick(&double));
    let (a, b, c) = tokio::join!(open(), open(), open());
    a.ping().await.unwrap();
    assert_eq!((b.counters(), c.counters()), (a.counters(), a.counters()));
}

#[tokio::test]
async fn each_handle_is_closed_for_itself_and_behind_the_last_nobody_listens() {
    let double = double().await;
    let config = quick(&double).sse(true);
    let (one, two) = (connect_with(config.clone()).await, connect_with(config.clone()).await);
    one.hear(&wake());
    two.hear(&wake());
    until("the subscription", || double.open_streams() == 1).await;
    one.close().await.unwrap();
    let error = entries(&one, "a", StreamId::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(one.ping().await.unwrap_err().kind(), ErrorKind::Closed);
    two.ping().await.unwrap();
    assert_eq!(double.open_streams(), 1);
    two.close().await.unwrap();
    until("the end of the subscription", || double.open_streams() == 0).await;
    let anew = connect_with(config).await;
    anew.ping().await.unwrap();
    assert_eq!(anew.counters().commands, 2);
}

#[tokio::test]
async fn a_hint_has_it_found_at_once() {
    let double = double().await;
    let redis = connect_with(hinted(&double)).await;
    redis.hear(&wake());
    until("the subscription", || double.open_streams() == 1).await;
    // One question is asked for what came before.
    let waiting = entries(&redis, "a", StreamId::ZERO);
    let added = async {
        until("the first question", || asked(&double) > 0).await;
        add_and_tell(&redis, "a").await;
    };
    let (found, ()) = soon("the entry", async { tokio::join!(waiting, added) }).await;
    assert_eq!(found.unwrap().len(), 1);
    assert!(asked(&double) <= 5, "{}", asked(&double));
}

#[tokio::test]
async fn a_hint_that_overtakes_its_entry_on_a_stale_replica_is_followed() {
    let options = UpstashOptions::default().stale_replica(Duration::from_millis(60));
    let double = UpstashDouble::start(options).await;
    let (redis, other) = (connect_with(hinted(&double)).await, connect_alone(&double).await);
    redis.hear(&wake());
    until("the subscription", || double.open_streams() == 1).await;
    let waiting = entries(&redis, "a", StreamId::ZERO);
    let added = async {
        until("the first question", || asked(&double) > 0).await;
        add_and_tell(&other, "a").await;
    };
    let (found, ()) = soon("the entry", async { tokio::join!(waiting, added) }).await;
    assert_eq!(found.unwrap().len(), 1);
}

#[tokio::test]
async fn hints_that_fail_in_any_way_are_in_nobodys_way() {
    for fault in [
        StreamFault::Status(503),
        StreamFault::Status(404),
        StreamFault::Status(401),
        StreamFault::CloseAfter(1),
        StreamFault::CutAfter(0),
        StreamFault::SilentAfter(0),
        StreamFault::SilentAfter(1),
        StreamFault::Duplicate(2),
    ] {
        let double = double().await;
        double.faults().next_stream(1000, fault);
        let redis = connect_with(quick(&double).sse(true)).await;
        redis.hear(&wake());
        let mut after = StreamId::ZERO;
        for _ in 0..3 {
            let waiting = entries(&redis, "a", after);
            let (found, ()) =
                soon("the entry", async { tokio::join!(waiting, add_and_tell(&redis, "a")) }).await;
            after = found.unwrap().last().unwrap().id;
        }
    }
}

#[tokio::test]
async fn a_subscription_that_ends_is_made_anew() {
    let double = double().await;
    double.faults().next_stream(2, StreamFault::CloseAfter(1));
    let redis = connect_with(hinted(&double)).await;
    redis.hear(&wake());
    until("three subscriptions", || redis.counters().connections == 3).await;
    until("the last one", || double.open_streams() == 1).await;
    let waiting = entries(&redis, "a", StreamId::ZERO);
    let added = async {
        until("the first question", || asked(&double) > 0).await;
        add_and_tell(&redis, "a").await;
    };
    let (found, ()) = soon("the entry", async { tokio::join!(waiting, added) }).await;
    assert_eq!(found.unwrap().len(), 1);
}

#[tokio::test]
async fn a_quota_that_is_used_up_ends_the_wait_with_the_pause_to_keep() {
    let double = double().await;
    let redis = connect_with(quick(&double)).await;
    let text = "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.";
    double.faults().next(1000, Fault::Error(400, text));
    let error = soon("an end", entries(&redis, "a", StreamId::ZERO)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(300)));
    let requests = double.requests();
    let again = tokio::time::timeout(Duration::from_millis(100), async {
        redis.nudge_poll();
        entries(&redis, "a", StreamId::ZERO).await
    });
    assert!(again.await.is_err());
    assert_eq!(double.requests(), requests);
}

#[tokio::test]
async fn an_idle_minute_costs_at_most_six_commands_and_three_with_hints() {
    // A minute of the defaults in a fiftieth of the time.
    let (least, most) = (Duration::from_millis(5), Duration::from_millis(300));
    for (sse, budget) in [(false, 6), (true, 3)] {
        let double = double().await;
        let redis = connect_with(config(&double).poll(least, most).sse(sse)).await;
        redis.hear(&wake());
        let keys = ["pop:stream:a", "pop:stream:b", "pop:{default.t}:wake"];
        let after = keys.map(|key| (key.to_owned(), StreamId::ZERO)).to_vec();
        let idle = redis.await_entries(after, 10);
        let watched = async {
            until("the pauses to be long", || asked(&double) >= 10).await;
            let before = double.commands();
            tokio::time::sleep(Duration::from_millis(1200)).await;
            double.commands() - before
        };
        let billed = tokio::select! {
            _ = idle => panic!("there was nothing to find"),
            billed = watched => billed,
        };
        assert!(billed <= budget, "{billed} of {budget}");
    }
}
