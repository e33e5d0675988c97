//! Readers whose questions to the server fail, while what they wait for arrives.

use std::time::Duration;

use popkit_protocol::{Namespace, Topic};
use popkit_testkit::{FaultProxy, RedisOptions, RedisServer};
use popkit_transport::{
    ErrorKind, Event, LatestKey, Overflow, PublishOptions, RedisTransport, Start, SubscribeOptions,
    Subscription, Transport as _, TransportExt as _,
};

use super::support::{line, lines, open, options, results, soon};

/// A server, a handle that may do everything, and one of a user whose rights change.
async fn opened() -> (RedisServer, RedisTransport, RedisTransport) {
    let server = RedisServer::start(RedisOptions::default());
    server.cli(&["ACL", "SETUSER", "ada", "on", ">pw", "~pop:*", "&*", "+@all"]);
    let transport = open(&server.url()).await;
    let ada = open(&server.url_as("ada", Some("pw"))).await;
    (server, transport, ada)
}

/// Changes the rights of the user.
fn allow(server: &RedisServer, rules: &[&str]) {
    server.cli(&[&["ACL", "SETUSER", "ada"], rules].concat());
}

/// The next thing that is told is that a right is missing.
async fn is_denied(reader: &mut Subscription) {
    let told = soon("the refusal", reader.next()).await.unwrap();
    assert_eq!(told.unwrap_err().kind(), ErrorKind::PermissionDenied);
}

fn skipping() -> SubscribeOptions {
    SubscribeOptions::default().with_overflow(Overflow::Skip { behind: 1000 })
}

#[tokio::test]
async fn who_cannot_ask_how_far_it_is_behind_loses_nothing() {
    let (server, transport, ada) = opened().await;
    let mut reader = ada.subscribe_opts(&[results()], skipping()).await.unwrap();
    allow(&server, &["-hmget"]);
    for number in 1..=3 {
        transport.publish(&results(), number.to_string()).await.unwrap();
    }
    is_denied(&mut reader).await;
    is_denied(&mut reader).await;
    allow(&server, &["+hmget"]);
    assert_eq!(lines(&mut reader, 3).await, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_reset_is_told_before_values_that_cannot_be_read() {
    let (server, transport, ada) = opened().await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    transport.publish(&results(), "old").await.unwrap();
    assert_eq!(line(&mut reader).await, "old");
    server.cli(&["DEL", "pop:stream:results", "pop:stream:results~head"]);
    transport.publish(&results(), "new").await.unwrap();
    let latest = PublishOptions::default().latest(LatestKey::new("agent-1").unwrap());
    transport.publish_opts(&results(), "value".into(), latest).await.unwrap();
    allow(&server, &["-hgetall"]);
    let mut reader = ada.resume(&[results()], reader.cursor()).await.unwrap();
    assert_eq!(line(&mut reader).await, "reset");
    is_denied(&mut reader).await;
    allow(&server, &["+hgetall"]);
    assert_eq!(lines(&mut reader, 2).await, ["value", "new"]);
}

#[tokio::test]
async fn a_channel_that_cannot_be_read_takes_nothing_from_the_others() {
    let (server, transport, ada) = opened().await;
    let channels = [results(), Namespace::unnamed().channel(&Topic::Heartbeat)];
    for channel in &channels {
        transport.publish(channel, channel.as_str().to_owned()).await.unwrap();
    }
    let opts = SubscribeOptions::default().with_start(Start::Earliest).once();
    let mut reader = ada.subscribe_opts(&channels, opts).await.unwrap();
    allow(&server, &["resetkeys", "~pop:stream:results*"]);
    assert_eq!(line(&mut reader).await, "pop:results");
    is_denied(&mut reader).await;
    allow(&server, &["~pop:*"]);
    assert_eq!(line(&mut reader).await, "pop:heartbeat");
    assert!(soon("the end", reader.next()).await.is_none());
}

#[tokio::test]
async fn who_cannot_ask_where_a_closed_transport_ended_may_ask_again() {
    let (server, transport, ada) = opened().await;
    let mut reader = ada.subscribe(&[results()]).await.unwrap();
    transport.publish(&results(), "1").await.unwrap();
    ada.close().await.unwrap();
    allow(&server, &["-hmget"]);
    is_denied(&mut reader).await;
    allow(&server, &["+hmget"]);
    assert_eq!(line(&mut reader).await, "1");
    assert!(soon("the end", reader.next()).await.is_none());
}

/// Ends the connection over which the user asks, and not the one over which it waits.
fn cut(server: &RedisServer) {
    let clients = server.cli(&["CLIENT", "LIST"]);
    let asks = |client: &&str| client.contains("user=ada") && !client.contains("cmd=xread");
    for client in clients.lines().filter(asks) {
        let id = client.split(' ').find_map(|word| word.strip_prefix("id=")).unwrap();
        server.cli(&["CLIENT", "KILL", "ID", id]);
    }
}

#[tokio::test]
async fn nothing_is_lost_while_the_connection_for_questions_is_broken() {
    let (server, transport, _ada) = opened().await;
    let proxy = FaultProxy::start(server.addr());
    let url = format!("redis://ada:pw@{}?timeout=2s&connect_timeout=2s", proxy.addr());
    let behind = options(&url).open().await.unwrap();
    let mut reader = behind.subscribe_opts(&[results()], skipping()).await.unwrap();
    transport.publish(&results(), "0").await.unwrap();
    assert_eq!(line(&mut reader).await, "0");
    // It waits for more by now.
    reader.next_within(Duration::from_millis(50)).await.unwrap();
    proxy.refuse();
    cut(&server);
    for number in 1..=3 {
        transport.publish(&results(), number.to_string()).await.unwrap();
    }
    let error = soon("the error", reader.next()).await.unwrap().unwrap_err();
    assert!(error.is_retryable(), "{error}");
    proxy.heal();
    let mut told = Vec::new();
    while told.len() < 3 {
        match soon("an event", reader.next()).await.unwrap() {
            Ok(Event::Message(message)) => told.push(message.payload),
            Ok(other) => panic!("nothing is missing: {other:?}"),
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
    assert_eq!(told, ["1", "2", "3"]);
}
