//! Messages whose life is over.

use super::*;

#[tokio::test]
async fn p29_an_expired_message_is_not_delivered_but_counted() {
    let stage = Stage::new();
    let old = Message::Insight(insight(&stage, "old"));
    stage.post.send(&stage.envelope(Party::Agent(agent()), old)).await.unwrap();
    let long = stage.envelope(Party::Agent(agent()), task("long"));
    stage.post.send(&long.with_ttl(Duration::from_secs(3600))).await.unwrap();
    stage.clock.advance(Duration::from_secs(300));
    stage.send("new").await;
    let mut inbox = stage.open().await;
    assert_eq!(titles(inbox.receive(1, Duration::ZERO).await.unwrap()), ["old"], "300 s are 300 s");
    stage.clock.advance(Duration::from_millis(1));
    let mut inbox = stage.open().await;
    assert_eq!(titles_now(&mut inbox).await, ["long", "new"]);
    assert_eq!((inbox.expired(), inbox.pending()), (1, 2));
}

#[tokio::test]
async fn p29_an_expired_message_that_asked_for_an_acknowledgement_is_told() {
    let stage = Stage::new();
    stage.send("old").await;
    let sent = stage.clock.now();
    stage.clock.advance(Duration::from_secs(301));
    stage.send("new").await;
    let mut inbox = stage.open().await;
    let letters = now(&mut inbox).await;
    let Letter::Expired(expired) = &letters[0] else { panic!("{letters:?}") };
    assert_eq!((expired.kind.as_str(), &expired.from), ("TASK", &Party::Coordinator));
    assert_eq!((expired.sent_at, expired.expired_at), (sent, sent.after(Duration::from_secs(300))));
    assert_eq!(titles(letters[1..].to_vec()), ["new"]);
    assert_eq!((inbox.expired(), inbox.pending()), (1, 1));
    inbox.ack_all().await.unwrap();
    assert_eq!(now(&mut stage.open().await).await, [], "told once");
}

#[tokio::test]
async fn p29_a_message_that_asks_for_an_acknowledgement_comes_until_it_has_one() {
    let stage = Stage::new();
    stage.send("0").await;
    for _ in 0..3 {
        let received = messages(now(&mut stage.open().await).await).remove(0);
        assert!(received.requires_ack());
    }
    let mut inbox = stage.open().await;
    let received = messages(now(&mut inbox).await).remove(0);
    inbox.ack(&received).await.unwrap();
    assert_eq!(now(&mut stage.open().await).await, []);
}

#[tokio::test]
async fn times_without_a_zone_count_in_the_zone_of_their_senders() {
    let stage = Stage::new();
    // Two hours east of UTC it is 02:00 when it is midnight there.
    let legacy = br#"{"id": "3f2a9c01d7be", "type": "COURSE_CORRECT", "from_agent": "coordinator",
        "to_agent": "builder-1", "payload": {"action": "pause", "reason": "r", "decision_id": "d"},
        "timestamp": "2026-01-01T01:58:00", "requires_ack": false, "ttl_seconds": 300}"#;
    stage.publish(legacy).await;
    let codec = popkit_protocol::Codec::default().with_local_offset(2 * 3600).unwrap();
    let mut inbox = stage.open_with(stage.options().with_codec(codec)).await.unwrap();
    assert_eq!(titles_now(&mut inbox).await, ["COURSE_CORRECT"]);
    stage.clock.advance(Duration::from_secs(181));
    let mut inbox = stage.open_with(stage.options().with_codec(codec)).await.unwrap();
    assert_eq!((now(&mut inbox).await, inbox.expired()), (Vec::new(), 1));
}
