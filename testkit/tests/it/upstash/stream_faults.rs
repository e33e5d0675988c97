//! Streams that go wrong.

use std::time::Duration;

use popkit_testkit::StreamFault;
use tokio::time::timeout;

use super::Client;
use super::feed::Feed;

/// A stream that has begun, with two messages on their way.
async fn opened(client: &Client, fault: StreamFault) -> Feed {
    client.double.faults().next_stream(1, fault);
    let mut feed = Feed::open(client, "/subscribe/c").await;
    assert_eq!(feed.event().await, "subscribe,c,1");
    for message in ["a", "b"] {
        assert_eq!(client.run(&["PUBLISH", "c", message]).await, 1);
    }
    feed
}

#[tokio::test]
async fn a_stream_is_refused() {
    let client = Client::start().await;
    client.double.faults().next_stream(1, StreamFault::Status(502));
    let (status, body) = client.ask("/subscribe/c", "").await;
    assert_eq!(status, 502);
    assert!(body.starts_with("<html>"), "{body}");
}

#[tokio::test]
async fn a_stream_closes_in_good_order() {
    let client = Client::start().await;
    let mut feed = opened(&client, StreamFault::CloseAfter(3)).await;
    assert_eq!(feed.event().await, "message,c,a");
    assert_eq!(feed.event().await, "message,c,b");
    assert_eq!(feed.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_stream_breaks_off() {
    let client = Client::start().await;
    let mut feed = opened(&client, StreamFault::CutAfter(3)).await;
    assert_eq!(feed.event().await, "message,c,a");
    assert_eq!(feed.event().await, "message,c,b");
    assert!(feed.next().await.is_err());
}

#[tokio::test]
async fn a_stream_goes_silent() {
    let client = Client::start().await;
    let mut feed = opened(&client, StreamFault::SilentAfter(2)).await;
    assert_eq!(feed.event().await, "message,c,a");
    assert!(timeout(Duration::from_millis(100), feed.next()).await.is_err());
    assert_eq!(client.double.open_streams(), 1);
}

#[tokio::test]
async fn an_event_comes_twice() {
    let client = Client::start().await;
    let mut feed = opened(&client, StreamFault::Duplicate(2)).await;
    for expected in ["message,c,a", "message,c,a", "message,c,b"] {
        assert_eq!(feed.event().await, expected);
    }
}
