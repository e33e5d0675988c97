//! The beginning and the end of a double.

use std::time::Duration;

use popkit_testkit::{Fault, UpstashDouble, UpstashOptions, alive, wait_until};
use tokio::task::JoinSet;

use super::client::DEADLINE;
use super::feed::Feed;
use super::{Client, client};

// Requests go on while this thread waits for the end.
#[tokio::test(flavor = "multi_thread")]
async fn everything_ends_with_the_handle() {
    let client = Client::start().await;
    let pid = client.double.redis().pid();
    let mut feed = Feed::open(&client, "/subscribe/c").await;
    feed.event().await;
    client.double.faults().next(1, Fault::Delay(Duration::from_secs(600)));
    let mut late = JoinSet::new();
    late.spawn(client.post("/", r#"["PING"]"#).send());
    wait_until(DEADLINE, "the late request", || client.double.faults().pending() == 0);
    let url = client.double.url();
    drop(client);
    assert!(!alive(pid));
    assert!(feed.next().await.is_err());
    assert!(late.join_next().await.unwrap().unwrap().unwrap_err().is_request());
    assert!(client::plain().get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn doubles_know_nothing_of_each_other() {
    let (one, two) = (Client::start().await, Client::start().await);
    one.run(&["SET", "k", "v"]).await;
    assert_eq!(two.run(&["EXISTS", "k"]).await, 0);
    assert_ne!(one.double.token(), two.double.token());
    assert_ne!(one.double.token(), one.double.read_only_token());
}

#[tokio::test]
async fn a_start_that_is_given_up_does_not_hinder_the_next() {
    let start = UpstashDouble::start(UpstashOptions::default());
    assert!(tokio::time::timeout(Duration::ZERO, start).await.is_err());
    let client = Client::start().await;
    assert_eq!(client.run(&["PING"]).await, "PONG");
}

#[tokio::test]
async fn tokens_are_not_shown() {
    let double = UpstashDouble::start(UpstashOptions::default()).await;
    let shown = format!("{double:?}");
    assert!(!shown.contains(double.token()) && !shown.contains(double.read_only_token()));
}
