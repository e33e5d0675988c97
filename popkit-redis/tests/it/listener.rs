//! Listening to channels.

use std::time::Duration;

use popkit_redis::{Command, ErrorKind, Listener, Notice, Protocol, Redis, Topics};
use popkit_testkit::{FaultProxy, RedisOptions, RedisServer};

use crate::support::{config, connect, connect_soon, connect_with, server, soon, until_ok};

async fn publish(redis: &Redis, channel: &str, payload: &str) -> u64 {
    let sent = redis.execute(Command::new("PUBLISH").args([channel, payload])).await;
    sent.unwrap().into_count().unwrap()
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
async fn messages_to_channels_and_patterns_arrive_over_both_protocols() {
    let server = server();
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let redis = connect_with(config(&server.url()).protocol(protocol)).await;
        let topics = Topics::channels(["a", "b"]).pattern("pop:*");
        let mut listener = redis.subscribe(topics).await.unwrap();
        assert_eq!(publish(&redis, "b", "1,2").await, 1);
        publish(&redis, "pop:x", "3").await;
        publish(&redis, "other", "4").await;
        publish(&redis, "a", "5").await;
        assert_eq!(next(&mut listener).await, message("b", None, "1,2"));
        assert_eq!(next(&mut listener).await, message("pop:x", Some("pop:*"), "3"));
        assert_eq!(next(&mut listener).await, message("a", None, "5"));
    }
}

#[tokio::test]
async fn a_lost_connection_is_mended_and_told_as_missed() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    server.kill_clients();
    assert_eq!(next(&mut listener).await, Notice::Missed);
    publish(&redis, "a", "1").await;
    assert_eq!(next(&mut listener).await, message("a", None, "1"));
    server.restart();
    assert_eq!(next(&mut listener).await, Notice::Missed);
    publish(&redis, "a", "2").await;
    assert_eq!(next(&mut listener).await, message("a", None, "2"));
}

#[tokio::test]
async fn a_connection_that_stays_silent_is_noticed() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let quick = config(&proxy.url())
        .health_check_interval(Duration::from_millis(50))
        .connect_timeout(Duration::from_millis(200));
    let redis = connect_soon(quick).await;
    let mut listener =
        until_ok("a listener", async || redis.subscribe(Topics::channels(["a"])).await).await;
    let connections = proxy.connections();
    proxy.black_hole();
    let heal = async {
        soon("another connection", async {
            while proxy.connections() == connections {
                tokio::task::yield_now().await;
            }
        })
        .await;
        proxy.heal();
    };
    let (notice, ()) = tokio::join!(next(&mut listener), heal);
    assert_eq!(notice, Notice::Missed);
}

#[tokio::test]
async fn messages_that_come_faster_than_they_are_taken_are_told_as_missed() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    for _ in 0..30 {
        let burst = (0..100).map(|n| Command::new("PUBLISH").arg("a").arg(n)).collect();
        redis.pipeline(burst).await.unwrap();
    }
    let mut notices = Vec::new();
    soon("that messages were missed", async {
        while notices.last() != Some(&Notice::Missed) {
            notices.push(listener.next().await.unwrap());
        }
    })
    .await;
    assert!(notices.len() <= 1100, "{} notices", notices.len());
}

#[tokio::test]
async fn a_channel_that_is_not_allowed_is_told() {
    let rules = "user agent on >pw ~* &pop:* +@all";
    let server = RedisServer::start(RedisOptions::default().acl_file(rules));
    let redis = connect(&server.url_as("agent", Some("pw"))).await;
    let error = redis.subscribe(Topics::channels(["other"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.message().contains("may not use channel other with SUBSCRIBE"), "{error}");
    redis.subscribe(Topics::channels(["pop:a"])).await.unwrap();
}

#[tokio::test]
async fn nothing_to_listen_to_is_refused_and_closing_ends_listening() {
    let server = server();
    let redis = connect(&server.url()).await;
    let error = redis.subscribe(Topics::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    redis.close().await.unwrap();
    assert_eq!(listener.next().await.unwrap_err().kind(), ErrorKind::Closed);
}
