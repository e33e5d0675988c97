//! What is billed, as the docs of the options say.

use std::time::Duration;

use popkit_protocol::{Namespace, Topic};
use popkit_transport::{
    Event, LatestKey, Publish, PublishOptions, Transport as _, TransportExt as _,
};

use super::{billed, double, open, open_apart};
use crate::redis::{event, results, soon};

#[tokio::test]
async fn publishing_costs_what_the_docs_say() {
    for (more, one) in [("", 6), ("&sse=on", 7), ("&legacy=true", 9)] {
        let double = double().await;
        let transport = open(&double, more).await;
        // The script is known then, and the log has begun.
        transport.publish(&results(), "0").await.unwrap();
        let (cost, _) = billed(&double, transport.publish(&results(), "1")).await;
        assert_eq!(cost, one, "{more}: {:?}", double.counts());
        let latest = PublishOptions::default().latest(LatestKey::new("agent-1").unwrap());
        let lane = results();
        let beat = || transport.publish_opts(&lane, "x".into(), latest.clone());
        beat().await.unwrap();
        let (cost, _) = billed(&double, beat()).await;
        let copies = if more == "&legacy=true" { 3 } else { 0 };
        assert_eq!(cost, 6 + copies, "{more}");
        if more.is_empty() {
            let batch = (0..20).map(|n: u64| Publish::new(results(), n.to_string())).collect();
            let (cost, _) = billed(&double, transport.publish_batch(batch)).await;
            assert_eq!(cost, 26);
        }
    }
}

#[tokio::test]
async fn beginning_to_read_costs_two_commands_for_each_channel() {
    let double = double().await;
    let transport = open(&double, "").await;
    let lanes = [Topic::Results, Topic::Insights, Topic::Broadcast]
        .map(|topic| Namespace::unnamed().channel(&topic));
    let (cost, reader) = billed(&double, transport.subscribe(&lanes)).await;
    assert_eq!(cost, 6, "{:?}", double.counts());
    drop(reader.unwrap());
}

#[tokio::test]
async fn what_is_counted_here_is_what_is_billed_there() {
    let double = double().await;
    let transport = open(&double, "&sse=on&budget=5000").await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    for number in 0..20 {
        transport.publish(&results(), number.to_string()).await.unwrap();
    }
    for _ in 0..20 {
        assert!(matches!(event(&mut reader).await, Event::Message(_)));
    }
    let usage = transport.usage().unwrap();
    assert_eq!(usage.budget, Some(5000));
    let (here, there) = (usage.billed, double.commands());
    assert!(here.abs_diff(there) <= there / 10, "{here}, {there}: {:?}", double.counts());
}

#[tokio::test]
async fn p16_an_idle_process_asks_for_all_its_readers_at_once() {
    // A minute of the defaults in a fiftieth of the time.
    let pauses = "&poll_least=5ms&poll_most=300ms";
    for (sse, most) in [("", 6), ("&sse=on", 3)] {
        let double = double().await;
        let transport = open(&double, &format!("{pauses}{sse}")).await;
        let lanes = [Topic::Results, Topic::Insights, Topic::Broadcast, Topic::Heartbeat]
            .map(|topic| Namespace::unnamed().channel(&topic));
        let mut readers = Vec::new();
        for lane in &lanes {
            readers.push(transport.subscribe(std::slice::from_ref(lane)).await.unwrap());
        }
        let mut waiting = tokio::task::JoinSet::new();
        for mut reader in readers {
            waiting.spawn(async move { reader.next().await });
        }
        let asked = || double.counts().get("xread").copied().unwrap_or_default();
        soon("the pauses to be long", async {
            while asked() < 10 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        let (cost, ()) = billed(&double, tokio::time::sleep(Duration::from_millis(1200))).await;
        assert!(cost <= most, "{cost} of {most}: {:?}", double.counts());
    }
}

#[tokio::test]
async fn a_hint_is_heard_by_another_process_at_once() {
    let double = double().await;
    let slow = "&sse=on&poll_least=1h&poll_most=1h";
    let (here, there) = (open_apart(&double, slow).await, open_apart(&double, slow).await);
    let mut reader = here.subscribe(&[results()]).await.unwrap();
    let publish = async {
        let heard = || double.counts().get("publish").copied().unwrap_or_default() > 0;
        let asked = || double.counts().get("xread").copied().unwrap_or_default() > 0;
        soon("the first question, and a sign of hints", async {
            while !heard() || !asked() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        for number in 1..=3 {
            there.publish(&results(), number.to_string()).await.unwrap();
        }
    };
    let read = async {
        for _ in 1..=3 {
            assert!(matches!(event(&mut reader).await, Event::Message(_)));
        }
    };
    tokio::join!(publish, read);
}
