//! How it is opened, and what it then says of itself.

use popkit_testkit::RedisServer;
use popkit_transport::{ErrorKind, RedisTransportOptions, Transport as _, TransportExt as _};

use super::{double, open, url};
use crate::redis::{lines, open as open_native, results, soon};

#[tokio::test]
async fn a_url_opens_it_and_costs_one_command() {
    let double = double().await;
    let transport = popkit_transport::open(&url(&double, "")).await.unwrap();
    assert_eq!(double.commands(), 1);
    assert_eq!(transport.backend(), "upstash");
    let pong = transport.ping().await.unwrap();
    assert!(pong.detail.contains("Upstash at http://127.0.0.1"), "{}", pong.detail);
    assert!(!format!("{transport:?}").contains(double.token()));
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let double = double().await;
    let at = double.addr();
    for (url, kind, says) in [
        (format!("http://:wrong@{at}"), ErrorKind::Unauthenticated, "does not know the token"),
        (format!("http://{at}"), ErrorKind::InvalidConfig, "UPSTASH_REDIS_REST_TOKEN"),
        (url(&double, "&keep_bytes=1"), ErrorKind::InvalidConfig, "16384"),
        ("http://:t@example.org".to_owned(), ErrorKind::InvalidConfig, "unencrypted"),
    ] {
        let error = popkit_transport::open(&url).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{url}: {error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let legacy: RedisTransportOptions = "redis://localhost?legacy=true".parse().unwrap();
    let error = legacy.open().await.unwrap_err();
    assert!(error.to_string().contains("is for REST"), "{error}");
}

#[tokio::test]
async fn messages_and_latest_values_are_shared_with_who_talks_to_the_server_itself() {
    let double = double().await;
    let server: &RedisServer = double.redis();
    let native = open_native(&server.url()).await;
    let rest = open(&double, "").await;
    let mut near = native.subscribe(&[results()]).await.unwrap();
    let mut far = rest.subscribe(&[results()]).await.unwrap();
    let odd = vec![0xff_u8, 0, 0xfe];
    native.publish(&results(), "1").await.unwrap();
    rest.publish(&results(), "2").await.unwrap();
    assert_eq!(lines(&mut near, 2).await, ["1", "2"]);
    assert_eq!(lines(&mut far, 2).await, ["1", "2"]);
    for from in [&native, &rest] {
        from.publish(&results(), odd.clone()).await.unwrap();
        for reader in [&mut near, &mut far] {
            let told = crate::redis::event(reader).await;
            let popkit_transport::Event::Message(message) = told else { panic!("{told:?}") };
            assert_eq!(message.payload[..], odd);
        }
    }
}

#[tokio::test]
async fn a_closed_transport_listens_no_more_once_its_readers_have_ended() {
    let double = double().await;
    let transport = open(&double, "&sse=on").await;
    let is = |count: u64| {
        let double = &double;
        async move {
            soon("the streams", async {
                while double.open_streams() != count {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
    };
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    is(1).await;
    transport.publish(&results(), "1").await.unwrap();
    transport.close().await.unwrap();
    assert_eq!(lines(&mut reader, 1).await, ["1"]);
    assert!(soon("the end", reader.next()).await.is_none());
    is(0).await;
    let again = open(&double, "&sse=on").await;
    drop(again.subscribe(&[results()]).await.unwrap());
    is(1).await;
    again.close().await.unwrap();
    is(0).await;
    assert!(transport.usage().is_some() && again.usage().is_some());
}
