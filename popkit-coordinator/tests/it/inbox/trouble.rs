//! Gaps, damage, outages.

use popkit_protocol::CodecErrorKind;
use popkit_transport::layer::{Injection, Operation};
use popkit_transport::{GapCause, Keep, Publish, PublishOptions, Stamp};

use super::*;

#[tokio::test]
async fn what_the_transport_no_longer_keeps_is_told_as_a_gap() {
    let stage = Stage::with(MemoryOptions::default().keep(Keep::ALL.messages(2)));
    stage.send("0").await;
    let mut inbox = stage.open().await;
    now(&mut inbox).await;
    inbox.ack_all().await.unwrap();
    drop(inbox);
    stage.send_all(1..6).await;
    let mut inbox = stage.open().await;
    let letters = now(&mut inbox).await;
    let Letter::Gap(gap) = &letters[0] else { panic!("{letters:?}") };
    assert_eq!((gap.cause, gap.missed), (GapCause::Retention, Some(3)));
    assert_eq!(titles(letters[1..].to_vec()), ["4", "5"]);
    inbox.ack_all().await.unwrap();
    assert_eq!(now(&mut stage.open().await).await, [], "told once");
}

#[tokio::test]
async fn what_is_no_message_is_told_and_stops_nothing() {
    let stage = Stage::new();
    stage.publish(b"\xff\x1b[2J").await;
    stage.publish(br#"{"command": "stop"}"#).await;
    stage.send("good").await;
    let mut inbox = stage.open().await;
    let letters = now(&mut inbox).await;
    let Letter::Undecodable(first) = &letters[0] else { panic!("{letters:?}") };
    assert_eq!(first.reason.kind(), CodecErrorKind::Malformed);
    assert_eq!(first.payload, &b"\xff\x1b[2J"[..]);
    let Letter::Undecodable(second) = &letters[1] else { panic!("{letters:?}") };
    assert_eq!(second.reason.kind(), CodecErrorKind::Invalid);
    assert_eq!(titles(letters[2..].to_vec()), ["good"]);
    assert_eq!(inbox.pending(), 1, "only messages are acknowledged");
}

#[tokio::test]
async fn a_message_that_was_sent_twice_is_received_once() {
    let stage = Stage::new();
    let channel = Namespace::unnamed().channel(&Topic::Agent(agent()));
    let producer = popkit_protocol::ProducerId::from_bits(7);
    let send = async |title: &str, sequence| {
        let envelope = stage.envelope(Party::Agent(agent()), task(title));
        let payload = popkit_protocol::Codec::default().encode(&envelope).unwrap();
        let opts = PublishOptions::default().with_stamp(Stamp { producer, sequence });
        let message = Publish::new(channel.clone(), payload).with_opts(opts);
        stage.transport.publish_batch(vec![message]).await.unwrap().remove(0).unwrap();
    };
    for sequence in [1, 1, 2] {
        send(&sequence.to_string(), sequence).await;
    }
    let mut inbox = stage.open().await;
    assert_eq!(titles_now(&mut inbox).await, ["1", "2"]);
    inbox.ack_all().await.unwrap();
    for sequence in [2, 3, 5] {
        send(&sequence.to_string(), sequence).await;
    }
    let letters = now(&mut stage.open().await).await;
    assert_eq!(titles(letters[..1].to_vec()), ["3"], "also by the next reader");
    let Letter::Gap(gap) = &letters[1] else { panic!("{letters:?}") };
    assert_eq!((gap.cause, gap.missed), (GapCause::Sequence, Some(1)));
}

#[tokio::test]
async fn another_log_is_told_and_read_from_its_beginning() {
    let mut stage = Stage::new();
    stage.send("0").await;
    let mut inbox = stage.open().await;
    now(&mut inbox).await;
    inbox.ack_all().await.unwrap();
    let documents = stage.documents.clone();
    stage = Stage::new();
    stage.documents = documents;
    stage.send("new").await;
    let mut inbox = stage.open().await;
    let letters = now(&mut inbox).await;
    let resets = letters.iter().filter(|letter| matches!(letter, Letter::Reset { .. })).count();
    assert!(resets > 0, "{letters:?}");
    let rest: Vec<_> = letters.into_iter().filter_map(Letter::into_message).collect();
    assert_eq!(rest.iter().map(title).collect::<Vec<_>>(), ["new"]);
    inbox.ack_all().await.unwrap();
    assert_eq!(now(&mut stage.open().await).await, []);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_and_costs_nothing() {
    let stage = Stage::new();
    let mut inbox = stage.open().await;
    for (round, patience) in (0..).zip([Duration::ZERO, Duration::from_secs(1)]) {
        stage.send_all(round * 2..round * 2 + 2).await;
        stage.transport.script(Operation::Subscribe, [Injection::Fail]);
        stage.transport.script(Operation::Read, [Injection::Fail]);
        let mut failures = 0;
        let letters = loop {
            match inbox.receive(10, patience).await {
                Ok(letters) => break letters,
                Err(error) => {
                    assert!(error.is_retryable() && failures < 2, "{error:?}");
                    failures += 1;
                }
            }
        };
        assert_eq!(failures, 2);
        assert_eq!(titles(letters), [(round * 2).to_string(), (round * 2 + 1).to_string()]);
    }
    assert_eq!(inbox.pending(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_closed_transport_is_an_error_for_who_waits() {
    let stage = Stage::new();
    let mut inbox = stage.open().await;
    let close = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stage.transport.close().await.unwrap();
    };
    let (letters, ()) = tokio::join!(inbox.receive(1, Duration::from_secs(3600)), close);
    let error = letters.unwrap_err();
    assert!(matches!(&error, InboxError::Transport { .. }) && !error.is_retryable(), "{error}");
    assert_eq!(error.to_string(), "cannot read the inbox of builder-1");
}
