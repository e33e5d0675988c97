//! Publishing with a signature.

use popkit_protocol::{Party, ProducerId};
use popkit_transport::layer::{Fault, FaultOptions, FaultRates, Injection, Operation, signed_by};
use popkit_transport::{
    Capabilities, ErrorKind, Headers, OutcomeKind, Publish, PublishOptions, Stamp, Transport as _,
    TransportExt as _,
};

use super::support::{SECOND, Stage, is_waiting, latest, next, told};
use crate::layers::support::{retry, text};

fn with_headers(count: usize, length: usize) -> PublishOptions {
    let headers: Headers = (0..count).map(|n| (format!("h{n}"), "x".repeat(length))).collect();
    PublishOptions::default().with_headers(headers)
}

#[tokio::test]
async fn payload_headers_and_stamp_stay_readable_to_everybody() {
    let stage = Stage::new();
    let stamp = Stamp { producer: ProducerId::from_bits(7), sequence: 40 };
    let opts = with_headers(1, 3).with_stamp(stamp);
    let receipt =
        stage.agent("builder-1").publish_opts(&stage.results(), "done".into(), opts).await.unwrap();
    assert_eq!(receipt.stamp, stamp, "a stamp that was given is kept");
    for reader in [told(&stage.memory, &stage.results()), told(&stage.memory, &stage.results())] {
        let delivery = reader.await.remove(0);
        assert_eq!((delivery.payload.as_ref(), delivery.stamp), (&b"done"[..], Some(stamp)));
        assert_eq!(delivery.headers.get("h0"), Some("xxx"));
        assert_eq!(delivery.headers.get("sig-from"), Some("builder-1"));
    }
}

#[tokio::test]
async fn headers_of_the_layers_own_are_replaced() {
    let stage = Stage::new();
    let coordinator = stage.coordinator();
    stage.agent("builder-1").publish(&stage.results(), "done").await.unwrap();
    let delivery = told(&coordinator, &stage.results()).await.remove(0);
    // Forwarding: with the first signature still in the headers.
    let opts = PublishOptions::default().with_headers(delivery.headers.with("sig-missing", "x"));
    coordinator.publish_opts(&stage.results(), delivery.payload, opts).await.unwrap();
    let forwarded = told(&coordinator, &stage.results()).await.remove(1);
    assert_eq!(signed_by(&forwarded), Some(Party::Coordinator));
    assert_eq!(forwarded.headers.iter().count(), 3);
}

#[tokio::test]
async fn what_the_signature_leaves_no_room_for_is_refused_and_leaves_no_hole() {
    let stage = Stage::new();
    let agent = stage.agent("builder-1");
    let publish = async |opts| agent.publish_opts(&stage.results(), "x".into(), opts).await;
    publish(with_headers(13, 0)).await.unwrap();
    for bad in [with_headers(14, 0), with_headers(1, 4000), with_headers(17, 0)] {
        let error = publish(bad).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, "publish"));
        assert!(error.to_string().contains("signature needs 3 headers"), "{error}");
    }
    let message = |payload: &str| Publish::new(stage.results(), payload.to_owned());
    let large = message(&"x".repeat(Capabilities::MAX_PAYLOAD + 1));
    let crowded = message("y").with_opts(with_headers(14, 0));
    let answers =
        agent.publish_batch(vec![message("1"), large, crowded, message("2")]).await.unwrap();
    let kinds: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().err().map(|error| error.kind())).collect();
    let expected = [None, Some(ErrorKind::PayloadTooLarge), Some(ErrorKind::InvalidInput), None];
    assert_eq!(kinds, expected);
    let payloads: Vec<_> = told(&stage.coordinator(), &stage.results()).await;
    assert_eq!(payloads.iter().map(|d| d.payload.as_ref()).collect::<Vec<_>>(), [b"x", b"1", b"2"]);
}

#[tokio::test]
async fn heartbeats_leave_no_holes_in_the_log() {
    let stage = Stage::new();
    let agent = stage.agent("builder-1");
    for number in 1..=3 {
        agent.publish(&stage.results(), number.to_string()).await.unwrap();
        let opts = latest("builder-1");
        agent.publish_opts(&stage.results(), "alive".into(), opts).await.unwrap();
    }
    // The helper fails on a gap.
    assert_eq!(told(&stage.coordinator(), &stage.results()).await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn around_retry_every_message_is_told_once_in_order_and_genuine() {
    let stage = Stage::new();
    let rates = FaultRates::default().fail(0.2).lose(0.2).twice(0.1);
    let options = FaultOptions::seeded(5).every(rates);
    let fault = Fault::with_options(stage.memory.clone(), options);
    // Two processes: layers of their own over the same faults.
    let sending = stage.coordinator_over(retry(fault.clone()), stage.options());
    let reading = stage.coordinator_over(retry(fault.clone()), stage.options());
    let mut reader = reading.replay(&[stage.results()]).await.unwrap();
    let (mut accepted, mut never_sent) = (Vec::new(), Vec::new());
    for number in 0..100 {
        let message = |part| Publish::new(stage.results(), format!("{number}.{part}"));
        let answers = match sending.publish_batch((0..5).map(message).collect()).await {
            Ok(answers) => answers,
            Err(error) => {
                assert_eq!(error.outcome(), OutcomeKind::NotApplied);
                continue;
            }
        };
        // With five tries some are given up.
        for (part, answer) in answers.iter().enumerate() {
            let payload = format!("{number}.{part}");
            match answer {
                Ok(_) => accepted.push(payload),
                Err(error) if error.outcome() == OutcomeKind::NotApplied => {
                    never_sent.push(payload);
                }
                Err(_) => {}
            }
        }
    }
    assert!(accepted.len() > 250 && never_sent.len() > 10, "{} sent", accepted.len());
    let mut heard = Vec::new();
    loop {
        match reader.next_within(SECOND * 60).await {
            Ok(Some(event)) => heard.push(text(event)),
            Ok(None) => break,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
    assert!(!heard.iter().any(|payload| never_sent.contains(payload)));
    heard.retain(|payload| accepted.contains(payload));
    assert_eq!(heard, accepted);
    assert_eq!(reading.refusals().total(), 0);
    assert!(reader.duplicates() > 20, "{}", reader.duplicates());
}

#[tokio::test(start_paused = true)]
async fn numbers_of_what_surely_was_not_sent_are_used_again_and_others_are_not() {
    let stage = Stage::new();
    let fault = Fault::new(stage.memory.clone());
    let sign = stage.coordinator_over(fault.clone(), stage.options());
    let publish = async |payload: &'static str| sign.publish(&stage.results(), payload).await;
    fault.script(Operation::Publish, [Injection::Fail, Injection::Pass, Injection::Lose]);
    publish("not sent").await.unwrap_err();
    assert_eq!(publish("1").await.unwrap().stamp.sequence, 1);
    publish("2, its answer lost").await.unwrap_err();
    assert_eq!(publish("3").await.unwrap().stamp.sequence, 3);
    fault.script(Operation::Publish, [Injection::DelayReply(SECOND)]);
    assert!(is_waiting(publish("4, cancelled")).await);
    assert_eq!(publish("5").await.unwrap().stamp.sequence, 5);
    assert_eq!(told(&sign, &stage.results()).await.len(), 5, "and no gap");
}

#[tokio::test]
async fn secrets_are_shown_nowhere() {
    let stage = Stage::new();
    let sign = stage.coordinator();
    let mut reader = sign.subscribe(&[stage.results()]).await.unwrap();
    sign.publish(&stage.results(), "x").await.unwrap();
    stage.memory.publish(&stage.results(), "forged").await.unwrap();
    let delivery = next(&mut reader).await;
    assert!(is_waiting(reader.next()).await);
    let shown = format!(
        "{sign:?} {delivery:?} {reader:?} {:?} {:?} {:?}",
        sign.refused(),
        stage.secret,
        stage.key(&Party::Human)
    );
    let keys = [Party::Coordinator, Party::Human].map(|party| stage.key(&party).expose_hex());
    for secret in keys.into_iter().chain([stage.secret.expose_hex(), "0123456789abcdef".into()]) {
        assert!(!shown.contains(&secret), "{shown}");
    }
}
