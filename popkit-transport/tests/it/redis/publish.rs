//! What a publish does on the server, and what watchers see of it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::task::Poll;

use popkit_protocol::{Channel, Namespace, ProducerId, Topic};
use popkit_testkit::{RedisOptions, RedisServer};
use popkit_transport::{
    Headers, LatestKey, Publish, PublishOptions, RedisTransport, Stamp, Transport as _,
    TransportExt as _,
};

use super::support::{event, line, open, results, soon};

const ENVELOPE: &str = r#"{"id":"m-1","type":"RESULT","sender":"a","target":"*","payload":{},"timestamp":"2026-01-01T00:00:00Z","requires_ack":false,"ttl_seconds":300}"#;

/// A stock `redis-cli` that listens to a channel.
struct Watcher {
    cli: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Watcher {
    fn start(server: &RedisServer, command: &str, what: &str) -> Self {
        let port = server.addr().port().to_string();
        let mut cli = Command::new("redis-cli")
            .args(["-p", &port, command, what])
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-cli; run: cargo xtask setup");
        let lines = BufReader::new(cli.stdout.take().unwrap()).lines();
        let mut watcher = Self { cli, lines };
        // The kind, the name and the count of the subscription.
        (0..3).for_each(|_| drop(watcher.line()));
        watcher
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("redis-cli goes on").unwrap()
    }

    /// The next message, with its channel.
    fn message(&mut self) -> (String, String) {
        let kind = self.line();
        if kind == "pmessage" {
            self.line();
        }
        assert!(kind.ends_with("message"), "{kind}");
        (self.line(), self.line())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.cli.kill();
        let _ = self.cli.wait();
    }
}

async fn opened() -> (RedisServer, RedisTransport) {
    let server = RedisServer::start(RedisOptions::default());
    let transport = open(&server.url()).await;
    (server, transport)
}

#[tokio::test]
async fn a_plain_redis_cli_sees_the_exact_envelope() {
    let (server, transport) = opened().await;
    let mut one = Watcher::start(&server, "SUBSCRIBE", "pop:results");
    let mut all = Watcher::start(&server, "PSUBSCRIBE", "pop:*");
    transport.publish(&results(), ENVELOPE).await.unwrap();
    let heartbeat = Namespace::unnamed().channel(&Topic::Heartbeat);
    let latest = PublishOptions::default().latest(LatestKey::new("agent-1").unwrap());
    transport.publish_opts(&heartbeat, ENVELOPE.into(), latest).await.unwrap();
    let seen = one.message();
    assert_eq!(seen.0, "pop:results");
    // But for white space at the end, by which the bridge knows it.
    assert_eq!(seen.1.trim_end(), ENVELOPE);
    let json: serde_json::Value = serde_json::from_str(&seen.1).unwrap();
    assert_eq!(json.as_object().unwrap().len(), 8);
    assert_eq!(all.message(), seen);
    let seen = all.message();
    assert_eq!((seen.0.as_str(), seen.1.trim_end()), ("pop:heartbeat", ENVELOPE));
    let kept = server.cli(&["XRANGE", "pop:stream:results", "-", "+"]);
    assert!(kept.contains(ENVELOPE), "{kept}");
    assert!(server.cli(&["HGET", "pop:stream:heartbeat~latest", "agent-1"]).contains(ENVELOPE));
}

#[tokio::test]
async fn a_publish_is_one_round_trip_and_a_batch_is_one_too() {
    let (server, transport) = opened().await;
    // The script is known then.
    transport.publish(&results(), "0").await.unwrap();
    server.reset_commandstats();
    for number in 1..=10 {
        transport.publish(&results(), number.to_string()).await.unwrap();
    }
    let stats = server.commandstats();
    let calls = |name: &str| stats.get(name).copied().unwrap_or_default();
    assert_eq!((calls("evalsha"), calls("eval"), calls("xadd"), calls("publish")), (10, 0, 10, 10));
    server.reset_commandstats();
    let batch = (0..100).map(|n: u64| Publish::new(results(), n.to_string())).collect();
    assert!(transport.publish_batch(batch).await.unwrap().iter().all(Result::is_ok));
    let stats = server.commandstats();
    assert_eq!((stats.get("evalsha"), stats.get("xadd")), (Some(&1), Some(&100)));
}

/// What a channel's log and head say, but for times and the log's epoch.
fn left_by(server: &RedisServer, log: &str) -> Vec<String> {
    let head = format!("{log}~head");
    let entries = server.cli(&["XRANGE", log, "-", "+"]);
    let ending = server.cli(&["HGET", &head, "end"]);
    let (epoch, _) = ending.split_once('.').unwrap();
    let (ending, _kept) = ending.rsplit_once(' ').unwrap();
    let lines = entries.lines().chain([ending]).map(|line| line.rsplit('-').next().unwrap());
    lines.map(|line| line.replace(epoch, "EPOCH")).collect()
}

#[tokio::test]
async fn a_message_alone_leaves_what_it_leaves_among_others() {
    let (server, transport) = opened().await;
    let lanes = ["alone", "others"].map(|name| Channel::new(name).unwrap());
    let stamp = |sequence| Stamp { producer: ProducerId::from_bits(7), sequence };
    let messages = |lane: &Channel| {
        let own = (1..=9).map(|n: u64| Publish::new(lane.clone(), format!("own {n}")));
        let given = [3, 12].map(|n| {
            let opts = PublishOptions::default().with_stamp(stamp(n));
            Publish::new(lane.clone(), "given").with_opts(opts)
        });
        own.chain(given).collect::<Vec<_>>()
    };
    let mut alone = Vec::new();
    for Publish { channel, payload, opts, .. } in messages(&lanes[0]) {
        alone.push(transport.publish_opts(&channel, payload, opts).await.unwrap().stamp);
    }
    let others = transport.publish_batch(messages(&lanes[1])).await.unwrap();
    assert_eq!(alone, others.into_iter().map(|one| one.unwrap().stamp).collect::<Vec<_>>());
    let [alone, others] = lanes.map(|lane| left_by(&server, &format!("pop:stream:~{lane}")));
    assert_eq!(alone.len(), 11 * 5 + 1, "{alone:?}");
    assert_eq!(alone, others);
}

#[tokio::test]
async fn a_user_who_may_not_publish_leaves_nothing_behind() {
    let rights = "user ada on >pw ~pop:* resetchannels &pop:insights +@all";
    let server = RedisServer::start(RedisOptions::default().acl_file(rights));
    let transport = open(&server.url_as("ada", Some("pw"))).await;
    let error = transport.publish(&results(), "x").await.unwrap_err();
    assert_eq!(error.kind(), popkit_transport::ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.outcome(), popkit_transport::OutcomeKind::NotApplied, "{error}");
    assert!(!error.to_string().contains('\n') && !error.to_string().contains("pw"), "{error}");
    assert_eq!(server.cli(&["EXISTS", "pop:stream:results"]), "0");
    let insights = Namespace::unnamed().channel(&Topic::Insights);
    assert_eq!(transport.publish(&insights, "x").await.unwrap().stamp.sequence, 1);
}

#[tokio::test]
async fn what_travels_beside_the_payload_stays_beside_it() {
    let (server, transport) = opened().await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let headers = Headers::new().with("traceparent", "00-1-2-01").with("signature", "ab:cd");
    let opts = PublishOptions::default().with_headers(headers.clone());
    let receipt = transport.publish_opts(&results(), ENVELOPE.into(), opts).await.unwrap();
    let told = event(&mut reader).await.into_message().unwrap();
    assert_eq!((told.payload, told.headers), (ENVELOPE.into(), headers));
    let kept = server.cli(&["XRANGE", "pop:stream:results", "-", "+"]);
    for text in ["h:traceparent", "00-1-2-01", &receipt.stamp.producer.to_string()] {
        assert!(kept.contains(text), "{text} in {kept}");
    }
}

#[tokio::test]
async fn sequences_go_on_where_the_server_has_forgotten_the_count() {
    let (server, transport) = opened().await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    for number in 1..=3 {
        let stamp = transport.publish(&results(), number.to_string()).await.unwrap().stamp;
        assert_eq!(stamp.sequence, number);
        let keys = server.cli(&["KEYS", "pop:stream:results~????????????????????????????????"]);
        assert_eq!(server.cli(&["DEL", &keys]), "1", "{keys}");
    }
    for number in 1..=3 {
        assert_eq!(line(&mut reader).await, number.to_string());
    }
}

#[tokio::test]
async fn a_publish_that_is_dropped_while_the_server_is_silent_loses_no_later_one() {
    let (server, transport) = opened().await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    transport.publish(&results(), "1").await.unwrap();
    server.pause();
    {
        let lane = results();
        let mut dropped = Box::pin(transport.publish(&lane, "dropped"));
        let once = std::future::poll_fn(|cx| Poll::Ready(dropped.as_mut().poll(cx).is_ready()));
        assert!(!once.await);
    }
    server.resume();
    transport.publish(&results(), "2").await.unwrap();
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "2") {
        told.push(line(&mut reader).await);
    }
    told.retain(|line| line != "dropped");
    assert_eq!(told, ["1", "2"], "no hole, nothing lost");
}

#[tokio::test]
async fn a_second_transport_may_have_another_root_on_the_same_server() {
    let (server, transport) = opened().await;
    let other = open(&format!("{}?root=other", server.url())).await;
    transport.publish(&results(), "ours").await.unwrap();
    other.publish(&results(), "theirs").await.unwrap();
    let mut reader = other.replay(&[results()]).await.unwrap();
    assert_eq!(line(&mut reader).await, "theirs");
    assert_eq!(server.cli(&["EXISTS", "other:stream:~pop:results"]), "1");
    soon("closing", transport.close()).await.unwrap();
}
