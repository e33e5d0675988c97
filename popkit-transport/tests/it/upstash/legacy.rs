//! Together with popkit's predecessors on Upstash.

use std::time::Duration;

use popkit_protocol::Namespace;
use popkit_testkit::{UpstashDouble, UpstashOptions};
use popkit_transport::{Bridge, ErrorKind, Event, RedisTransport, TransportExt as _};
use tokio::task::JoinSet;

use super::{double, open, open_apart};
use crate::redis::{event, lines, results, soon};

const STREAM: &str = "popkit:pubsub:pop:results";

/// What a predecessor does to publish.
fn add(double: &UpstashDouble, channel: &str, message: &str) {
    let stream = format!("popkit:pubsub:{channel}");
    let words = ["MAXLEN", "~", "1000", "*", "message", message, "timestamp", "1700000000000"];
    let mut command = vec!["XADD", &stream];
    command.extend(words);
    double.redis().cli(&command);
    double.redis().cli(&["EXPIRE", &stream, "604800"]);
}

async fn started(transport: &RedisTransport) -> (Bridge, JoinSet<()>) {
    let (bridge, mut set) = (transport.bridge(&Namespace::unnamed()), JoinSet::new());
    let running = bridge.clone();
    set.spawn(async move { running.run().await.unwrap() });
    soon("the bridge", async {
        while !bridge.counts().leads {
            tokio::task::yield_now().await;
        }
    })
    .await;
    (bridge, set)
}

#[tokio::test]
async fn predecessors_read_what_is_published_in_their_own_form() {
    let double = double().await;
    let transport = open(&double, "&legacy=true").await;
    for number in 1..=3 {
        transport.publish(&results(), format!("{{\"n\":{number}}}")).await.unwrap();
    }
    let kept = double.redis().cli(&["XRANGE", STREAM, "-", "+"]);
    let words: Vec<&str> = kept.lines().collect();
    let fields = |entry: usize| &words[entry * 7 + 1..entry * 7 + 5];
    for entry in 0..3 {
        let [name, message, stamp, time] = fields(entry) else { panic!("{kept}") };
        assert_eq!((*name, *stamp), ("message", "timestamp"), "{kept}");
        assert_eq!(*message, format!("{{\"n\":{}}}", entry + 1));
        assert_eq!(time.len(), 13, "{time}");
    }
    let left: u64 = double.redis().cli(&["TTL", STREAM]).trim().parse().unwrap();
    assert!((604_000..=604_800).contains(&left), "{left}");
}

#[tokio::test]
async fn what_predecessors_add_is_read_once_however_many_bridges_run() {
    let double = double().await;
    let (one, two) =
        (open_apart(&double, "&legacy=true").await, open_apart(&double, "&legacy=true").await);
    add(&double, "pop:results", "before");
    let mut reader = one.subscribe(&[results()]).await.unwrap();
    let (first, _a) = started(&one).await;
    let (second, _b) = started(&two).await;
    let mut expected = Vec::new();
    for number in 0..20 {
        add(&double, "pop:results", &format!("legacy {number}"));
        two.publish(&results(), format!("own {number}")).await.unwrap();
        expected.extend([format!("legacy {number}"), format!("own {number}")]);
    }
    let mut read = lines(&mut reader, 40).await;
    read.sort();
    expected.sort();
    assert_eq!(read, expected);
    let more = reader.next_within(Duration::from_millis(200)).await.unwrap();
    assert!(more.is_none(), "{more:?}");
    assert_eq!(first.counts().imported + second.counts().imported, 20);
}

#[tokio::test]
async fn a_bridge_that_comes_later_goes_on_where_the_last_one_ended() {
    let double = double().await;
    let transport = open(&double, "&legacy=true").await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let (_, running) = started(&transport).await;
    add(&double, "pop:results", "1");
    assert_eq!(lines(&mut reader, 1).await, ["1"]);
    drop(running);
    add(&double, "pop:results", "2");
    let (_, _running) = started(&transport).await;
    let Event::Message(message) = event(&mut reader).await else { panic!("no message") };
    assert_eq!(message.payload, "2");
    assert_eq!(message.headers.get(Bridge::HEADER), Some("1"));
}

#[tokio::test]
async fn an_inbox_that_a_predecessor_writes_to_is_found() {
    let double = double().await;
    add(&double, "pop:agent:a-1", "old");
    let transport = open(&double, "&legacy=true").await;
    let inbox = popkit_protocol::Channel::new("pop:agent:a-1").unwrap();
    let mut reader = transport.subscribe(&[inbox]).await.unwrap();
    let (_, _running) = started(&transport).await;
    add(&double, "pop:agent:a-1", "hello");
    assert_eq!(lines(&mut reader, 1).await, ["hello"]);
}

#[tokio::test]
async fn a_bridge_without_predecessors_says_what_to_do() {
    let double = double().await;
    let transport = open(&double, "").await;
    let error = transport.bridge(&Namespace::unnamed()).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("legacy=true"), "{error}");
}

#[tokio::test]
async fn many_large_messages_of_predecessors_are_imported_in_parts() {
    let limit = UpstashOptions::default().max_request(2 * 1024 * 1024);
    let double = UpstashDouble::start(limit).await;
    let transport = open(&double, "&legacy=true").await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let (_, running) = started(&transport).await;
    drop(running);
    let large = "x".repeat(100_000);
    for number in 0..40 {
        add(&double, "pop:results", &format!("{number} {large}"));
    }
    let (bridge, _running) = started(&transport).await;
    for number in 0..40 {
        let read = lines(&mut reader, 1).await;
        assert_eq!(read[0].split(' ').next(), Some(&*number.to_string()));
    }
    assert_eq!(bridge.counts().imported, 40);
}
