//! While connections break and servers die.

use std::time::Duration;

use popkit_protocol::{IdSource as _, RandomIds};
use popkit_testkit::{Aof, FaultProxy, RedisOptions, RedisServer};
use popkit_transport::{
    OutcomeKind, Publish, PublishOptions, RedisTransport, Stamp, SubscribeOptions, Subscription,
    Transport as _, TransportExt as _,
};

use super::support::{line, lines, open, options, results, soon};

fn durable() -> RedisServer {
    RedisServer::start(RedisOptions::default().aof(Aof::Always))
}

/// Publishes numbers under stamps of one producer, each until it was accepted.
pub(crate) async fn persist(transport: &RedisTransport, last: u64, mut trouble: impl FnMut(u64)) {
    let (producer, lane) = (RandomIds.producer(), results());
    for sequence in 1..=last {
        trouble(sequence);
        let opts = PublishOptions::default().with_stamp(Stamp { producer, sequence });
        let payload = sequence.to_string();
        soon("an answer", async {
            loop {
                let tried = transport.publish_opts(&lane, payload.clone().into(), opts.clone());
                match tried.await {
                    Ok(_) => return,
                    Err(error) => assert!(error.is_retryable(), "{error}"),
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

/// Opens with less patience than a busy machine may need.
async fn impatient(url: &str) -> RedisTransport {
    soon("a connection", async {
        loop {
            if let Ok(transport) = options(url).open().await {
                return transport;
            }
        }
    })
    .await
}

pub(crate) fn counted(last: u64) -> Vec<String> {
    (1..=last).map(|number| number.to_string()).collect()
}

pub(super) async fn read(reader: &mut Subscription, count: u64) -> Vec<String> {
    lines(reader, usize::try_from(count).unwrap()).await
}

#[tokio::test]
async fn nothing_is_lost_while_the_server_is_killed() {
    let server = durable();
    let transport = open(&server.url()).await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let write = persist(&transport, 90, |number| {
        if number % 30 == 15 {
            server.kill();
            server.restart();
        }
        if number % 10 == 5 {
            server.kill_clients();
        }
    });
    let (read, ()) = tokio::join!(read(&mut reader, 90), write);
    assert_eq!(read, counted(90));
    let mut late = transport.replay(&[results()]).await.unwrap();
    assert_eq!(lines(&mut late, 90).await, counted(90));
}

#[tokio::test]
async fn nothing_is_lost_over_a_network_that_resets_and_drops_replies() {
    let server = durable();
    let proxy = FaultProxy::start(server.addr());
    let url = format!("{}?timeout=300ms&connect_timeout=2s", server.url_via(proxy.addr()));
    let transport = impatient(&url).await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let write = persist(&transport, 60, |number| match number % 20 {
        5 => proxy.reset_all(),
        10 => proxy.drop_replies(),
        11 | 16 => proxy.heal(),
        15 => proxy.cut_after_reply_bytes(40),
        _ => {}
    });
    // Whoever drops replies drops them for this message, and lets its repeat through.
    let heal = async {
        loop {
            tokio::time::sleep(Duration::from_millis(700)).await;
            proxy.heal();
        }
    };
    let read = async { tokio::join!(read(&mut reader, 60), write).0 };
    let read = tokio::select! { read = read => read, () = heal => unreachable!() };
    assert_eq!(read, counted(60));
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_its_repeat_is_told_once() {
    let server = durable();
    let proxy = FaultProxy::start(server.addr());
    let url = format!("{}?timeout=400ms&connect_timeout=2s", server.url_via(proxy.addr()));
    let transport = options(&url).open().await.unwrap();
    let direct = open(&server.url()).await;
    let mut reader = direct.subscribe(&[results()]).await.unwrap();
    // The script is known then.
    transport.publish(&results(), "0").await.unwrap();
    let stamp = Stamp { producer: RandomIds.producer(), sequence: 1 };
    let opts = PublishOptions::default().with_stamp(stamp);
    proxy.drop_replies();
    let error = transport.publish_opts(&results(), "1".into(), opts.clone()).await.unwrap_err();
    assert_eq!(error.outcome(), OutcomeKind::Unknown, "{error}");
    proxy.heal();
    soon("an answer", async {
        while transport.publish_opts(&results(), "1".into(), opts.clone()).await.is_err() {}
    })
    .await;
    direct.publish(&results(), "2").await.unwrap();
    assert_eq!(lines(&mut reader, 3).await, ["0", "1", "2"]);
    assert_eq!(reader.duplicates(), 1, "it was appended twice, which the contract allows");
}

#[tokio::test]
async fn a_silent_network_ends_calls_in_time_and_readers_come_back() {
    let server = durable();
    let proxy = FaultProxy::start(server.addr());
    let url = format!("{}?timeout=300ms&connect_timeout=300ms", server.url_via(proxy.addr()));
    let transport = impatient(&url).await;
    let direct = open(&server.url()).await;
    let mut reader = soon("a reader", async {
        loop {
            if let Ok(reader) = transport.subscribe(&[results()]).await {
                return reader;
            }
        }
    })
    .await;
    direct.publish(&results(), "1").await.unwrap();
    assert_eq!(line(&mut reader).await, "1");
    proxy.black_hole();
    direct.publish(&results(), "2").await.unwrap();
    for _ in 0..2 {
        let error = soon("an answer", transport.publish(&results(), "x")).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    let batch = vec![Publish::new(results(), "x"), Publish::new(results(), "y")];
    let answers = soon("answers", transport.publish_batch(batch)).await.unwrap();
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
    proxy.heal();
    let mut told = line(&mut reader).await;
    while told.starts_with(['x', 'y', '-']) {
        told = line(&mut reader).await;
    }
    assert_eq!(told, "2");
}

#[tokio::test]
async fn a_reader_and_a_publisher_wait_out_a_server_that_is_away() {
    let server = durable();
    let transport = impatient(&format!("{}?timeout=200ms", server.url())).await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    transport.publish(&results(), "1").await.unwrap();
    assert_eq!(line(&mut reader).await, "1");
    server.kill();
    let waiting = async { line(&mut reader).await };
    let absent = async {
        let error = soon("an answer", transport.publish(&results(), "x")).await.unwrap_err();
        assert_eq!(error.outcome(), OutcomeKind::NotApplied, "nobody was there: {error}");
        server.restart();
        persist(&transport, 1, |_| {}).await;
    };
    let (told, ()) = tokio::join!(waiting, absent);
    assert_eq!(told, "1");
}

#[tokio::test]
async fn a_slow_reader_fetches_no_further_ahead_than_it_may() {
    let server = RedisServer::start(RedisOptions::default());
    let proxy = FaultProxy::start(server.addr());
    let slow = open(&server.url_via(proxy.addr())).await;
    let transport = open(&server.url()).await;
    let opts = SubscribeOptions::default().with_capacity(16);
    let mut reader = slow.subscribe_opts(&[results()], opts).await.unwrap();
    let text = |number: u64| format!("{number:0>1000}");
    for part in 0..20_u64 {
        let batch = (part * 500 + 1..=part * 500 + 500).map(|n| Publish::new(results(), text(n)));
        let answers = transport.publish_batch(batch.collect()).await.unwrap();
        assert!(answers.iter().all(Result::is_ok));
    }
    let before = proxy.bytes_down();
    for number in 1..=20 {
        assert_eq!(line(&mut reader).await, text(number));
    }
    let fetched = proxy.bytes_down() - before;
    assert!(fetched < 100_000, "{fetched} bytes for 20 of 10,000 messages of 1000");
    for number in 21..=10_000 {
        assert_eq!(line(&mut reader).await, text(number));
    }
}
