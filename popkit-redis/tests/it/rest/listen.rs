//! Listening to channels by event streams.

use popkit_redis::{Command, ErrorKind, Listener, Notice, Redis, Topics};
use popkit_testkit::{StreamFault, UpstashDouble, UpstashOptions};

use super::{SHORT, config, connect, connect_soon, connect_with, double, until};
use crate::support::soon;

async fn publish(redis: &Redis, channel: &str, payload: &str) {
    redis.execute(Command::new("PUBLISH").args([channel, payload])).await.unwrap();
}

async fn next(listener: &mut Box<dyn Listener>) -> Notice {
    soon("a notice", listener.next()).await.unwrap()
}

fn message(channel: &str, pattern: Option<&str>, payload: &str) -> Notice {
    Notice::Message {
        channel: channel.to_owned(),
        pattern: pattern.map(str::to_owned),
        payload: payload.to_owned().into(),
    }
}

#[tokio::test]
async fn every_message_comes_as_it_was_sent() {
    for options in [UpstashOptions::default(), UpstashOptions::default().split_chunks()] {
        let double = UpstashDouble::start(options).await;
        let redis = connect(&double).await;
        let mut listener = redis.subscribe(Topics::channels(["pop:wake"])).await.unwrap();
        for payload in ["1-0", "", "a,b,,c", "{\"a\":[1,2]}", "über €\u{1F600}", " x ", ": x"] {
            publish(&redis, "pop:wake", payload).await;
            assert_eq!(next(&mut listener).await, message("pop:wake", None, payload));
        }
    }
}

#[tokio::test]
async fn several_channels_and_patterns_are_heard_at_once() {
    let double = double().await;
    let redis = connect(&double).await;
    let topics = Topics::channels(["a", "b,c"]).pattern("p:*");
    let mut listener = redis.subscribe(topics).await.unwrap();
    assert_eq!(double.open_streams(), 3);
    for (channel, pattern) in [("a", None), ("b,c", None), ("p:x", Some("p:*"))] {
        publish(&redis, channel, "1,2").await;
        assert_eq!(next(&mut listener).await, message(channel, pattern, "1,2"));
    }
}

/// After the stream is lost it is there again, and what came in between is told as missed.
async fn heals(double: &UpstashDouble, redis: &Redis, fault: StreamFault) {
    double.faults().next_stream(1, fault);
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    publish(redis, "a", "first").await;
    let first = next(&mut listener).await;
    // The promise counts as an event: some faults come before the first message.
    let mut missed = first == Notice::Missed;
    while !missed {
        missed = next(&mut listener).await == Notice::Missed;
    }
    // It may be lost again, which is told again.
    loop {
        publish(redis, "a", "second").await;
        match next(&mut listener).await {
            Notice::Missed => {}
            heard => break assert_eq!(heard, message("a", None, "second"), "{fault:?}"),
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_lost_is_made_anew_and_told() {
    let double = double().await;
    let redis = connect(&double).await;
    for fault in [
        StreamFault::CloseAfter(1),
        StreamFault::CloseAfter(2),
        StreamFault::CutAfter(1),
        StreamFault::CutAfter(2),
    ] {
        heals(&double, &redis, fault).await;
    }
}

#[tokio::test]
async fn a_stream_that_is_silent_too_long_is_made_anew_and_told() {
    let double = double().await;
    let redis = connect_with(config(&double).silence(SHORT)).await;
    heals(&double, &redis, StreamFault::SilentAfter(1)).await;
    // Its connection is given up, too, and that of the listener, which is gone by now.
    until("the lost stream to be closed", || double.open_streams() == 0).await;
}

#[tokio::test]
async fn tries_go_on_until_the_service_is_there_again() {
    let double = double().await;
    let redis = connect(&double).await;
    double.faults().next_stream(1, StreamFault::CloseAfter(1));
    double.faults().next_stream(3, StreamFault::Status(503));
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    assert_eq!(next(&mut listener).await, Notice::Missed);
    publish(&redis, "a", "x").await;
    assert_eq!(next(&mut listener).await, message("a", None, "x"));
}

#[tokio::test]
async fn what_a_new_try_cannot_mend_is_told() {
    let double = double().await;
    let redis = connect(&double).await;
    double.faults().next_stream(1, StreamFault::CloseAfter(1));
    double.faults().next_stream(1, StreamFault::Status(401));
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    let error = soon("an error", listener.next()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    let error = soon("an error", listener.next()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
}

#[tokio::test]
async fn a_promise_that_does_not_come_is_waited_for_no_longer_than_a_try() {
    let double = double().await;
    let redis = connect_soon(config(&double).try_timeout(SHORT)).await;
    double.faults().next_stream(1, StreamFault::SilentAfter(0));
    let error = soon("an end", redis.subscribe(Topics::channels(["a"]))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.message().contains("SUBSCRIBE"), "{error}");
}

#[tokio::test]
async fn what_is_not_taken_in_time_is_told_as_missed_and_held_by_nobody() {
    let double = double().await;
    let redis = connect(&double).await;
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    let flood = |from: usize| {
        (from..from + 500).map(|n| Command::new("PUBLISH").arg("a").arg(n)).collect::<Vec<_>>()
    };
    for from in [0, 500, 1000, 1500] {
        redis.pipeline(flood(from)).await.unwrap();
    }
    let (mut missed, mut messages) = (false, 0);
    while !(missed && messages >= 1024) {
        match next(&mut listener).await {
            Notice::Missed => missed = true,
            Notice::Message { .. } => messages += 1,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_told_as_missed_and_not_held() {
    let double = double().await;
    let redis = connect(&double).await;
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    publish(&redis, "a", &"x".repeat(2 * 1024 * 1024)).await;
    assert_eq!(next(&mut listener).await, Notice::Missed);
    publish(&redis, "a", "small").await;
    assert_eq!(next(&mut listener).await, message("a", None, "small"));
}

#[tokio::test]
async fn a_listener_that_is_dropped_or_closed_ends_its_streams() {
    let double = double().await;
    let redis = connect(&double).await;
    let listener = redis.subscribe(Topics::channels(["a", "b"])).await.unwrap();
    drop(listener);
    until("the streams to end", || double.open_streams() == 0).await;
    let mut listener = redis.subscribe(Topics::channels(["a", "b"])).await.unwrap();
    redis.close().await.unwrap();
    let error = soon("an end", listener.next()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    until("the streams to end", || double.open_streams() == 0).await;
}
