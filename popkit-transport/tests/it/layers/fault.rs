//! Failures on purpose.

use std::time::Duration;

use popkit_transport::layer::{Fault, FaultOptions, FaultRates, Injection, Operation};
use popkit_transport::{ErrorKind, OutcomeKind, Transport as _, TransportExt as _};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::support::{
    ALL, SECOND, call, channel, fault, is_waiting, memory, message, named, next, told,
};

#[tokio::test(start_paused = true)]
async fn each_injection_does_what_it_says() {
    let fault = fault();
    let script = [
        Injection::Fail,
        Injection::SlowDown(SECOND),
        Injection::Lose,
        Injection::Delay(SECOND),
        Injection::DelayReply(SECOND),
        Injection::Twice,
        Injection::Pass,
    ];
    fault.script(Operation::Publish, script);
    let publish = async |payload: &'static str| fault.publish(&channel(), payload).await;

    let error = publish("fail").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    let error = publish("slow").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, OutcomeKind::NotApplied));
    assert_eq!(error.retry_after(), Some(SECOND));
    let error = publish("lose").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    assert_eq!((error.backend(), error.operation()), ("fault", "publish"));
    let before = Instant::now();
    publish("delay").await.unwrap();
    publish("delay-reply").await.unwrap();
    assert_eq!(before.elapsed(), SECOND * 2);
    for payload in ["twice", "pass", "after-the-script"] {
        publish(payload).await.unwrap();
    }
    let expected = ["lose", "delay", "delay-reply", "twice", "twice", "pass", "after-the-script"];
    assert_eq!(told(fault.inner()).await, expected);

    let counts = fault.injected_into(Operation::Publish);
    assert_eq!((counts.calls, counts.failed, counts.lost), (8, 2, 1));
    assert_eq!((counts.delayed, counts.doubled, counts.cut_off), (2, 1, 0));
    assert_eq!((counts.faults(), fault.injected().calls), (6, 8));
}

#[tokio::test(start_paused = true)]
async fn a_message_of_a_batch_holds_up_its_channel_and_no_other() {
    let fault = fault();
    let other = popkit_transport::Publish::new(named("pop:insights"), "other");
    for (injection, outcome, expected) in [
        (Injection::Fail, OutcomeKind::NotApplied, &["1"][..]),
        (Injection::Lose, OutcomeKind::Unknown, &["1", "1", "2"]),
    ] {
        fault.script(Operation::Publish, [Injection::Pass, injection]);
        let batch = vec![message(1), message(2), other.clone(), message(3)];
        let answers = fault.publish_batch(batch).await.unwrap();
        let failed: Vec<_> =
            answers.iter().map(|a| a.as_ref().err().map(|error| error.outcome())).collect();
        assert_eq!(failed, [None, Some(outcome), None, Some(OutcomeKind::NotApplied)]);
        assert_eq!(told(fault.inner()).await, expected, "{injection:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_lost_as_a_whole_is_unknown_message_by_message() {
    let fault = fault();
    fault.script(Operation::PublishBatch, [Injection::Fail, Injection::Lose]);
    let batch = || vec![message(1), message(2)];
    let error = fault.publish_batch(batch()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    let answers = fault.publish_batch(batch()).await.unwrap();
    assert_eq!(answers.len(), 2);
    for answer in answers {
        assert_eq!(answer.unwrap_err().outcome(), OutcomeKind::Unknown);
    }
    assert_eq!(told(fault.inner()).await, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn reads_fail_and_lose_nothing() {
    let fault = fault();
    let mut reader = fault.replay(&[channel()]).await.unwrap();
    for (number, injection) in [
        Injection::Fail,
        Injection::SlowDown(SECOND),
        Injection::Lose,
        Injection::Delay(SECOND),
        Injection::DelayReply(SECOND),
        Injection::Twice,
    ]
    .into_iter()
    .enumerate()
    {
        fault.script(Operation::Read, [injection]);
        fault.publish(&channel(), number.to_string()).await.unwrap();
        let fails = matches!(injection, Injection::Fail | Injection::SlowDown(_) | Injection::Lose);
        if fails {
            let error = reader.next().await.unwrap().unwrap_err();
            assert_eq!((error.operation(), error.outcome()), ("read", OutcomeKind::NotApplied));
            assert!(error.is_retryable());
        }
        assert_eq!(next(&mut reader).await.payload, number.to_string(), "{injection:?}");
    }
    assert!(is_waiting(reader.next()).await, "what was told twice is dropped");
    assert_eq!(reader.duplicates(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_is_cut_off_refuses_every_call() {
    let fault = fault();
    let other = fault.clone();
    other.down();
    assert!(fault.is_down());
    for operation in ALL {
        let error = call(&fault, operation).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{operation}");
        assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{operation}");
        assert_eq!(fault.injected_into(operation).cut_off, 1, "{operation}");
    }
    other.up();
    assert!(told(&fault).await.is_empty(), "nothing was done");
}

#[tokio::test(start_paused = true)]
async fn a_cut_ends_calls_that_are_under_way_however_short_it_is() {
    let fault = fault();
    let operations = [Operation::Publish, Operation::PublishBatch, Operation::Subscribe];
    let mut calls = JoinSet::new();
    for operation in operations {
        fault.script(operation, [Injection::Delay(SECOND * 60)]);
        let transport = fault.clone();
        calls.spawn(async move { (operation, call(&transport, operation).await) });
    }
    tokio::time::sleep(SECOND / 2).await;
    fault.down();
    fault.up();
    let before = Instant::now();
    while let Some(ended) = calls.join_next().await {
        let (operation, answer) = ended.unwrap();
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{operation}");
        let known = operation == Operation::Subscribe;
        assert_eq!(error.outcome() == OutcomeKind::NotApplied, known, "{operation}");
    }
    assert_eq!((before.elapsed(), fault.injected().cut_off), (Duration::ZERO, 3));
    assert!(told(&fault).await.is_empty(), "dropped before they happened");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_cut_off_goes_on_where_it_was() {
    let fault = fault();
    let mut reader = fault.subscribe(&[channel()]).await.unwrap();
    fault.publish(&channel(), "1").await.unwrap();
    assert_eq!(next(&mut reader).await.payload, "1");
    assert!(is_waiting(reader.next()).await);
    fault.down();
    for _ in 0..3 {
        let error = reader.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    fault.inner().publish(&channel(), "2").await.unwrap();
    fault.up();
    fault.publish(&channel(), "3").await.unwrap();
    assert_eq!(next(&mut reader).await.payload, "2");
    assert_eq!(next(&mut reader).await.payload, "3");
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_calls_give_the_same_failures() {
    async fn story(seed: u64) -> Vec<String> {
        let rates = FaultRates::default().fail(0.2).lose(0.2).twice(0.2).delay(0.1);
        let rates = rates.delay_reply(0.1).longest(SECOND * 3);
        let options = FaultOptions::seeded(seed).every(rates);
        let transport =
            Fault::with_options(memory(), options.on(Operation::Read, Default::default()));
        let mut story = Vec::new();
        for n in 0..200 {
            let before = Instant::now();
            let answer = transport.publish(&channel(), n.to_string()).await;
            let answer = answer.map(drop).map_err(|error| error.to_string());
            story.push(format!("{answer:?} after {:?}", before.elapsed()));
        }
        story.push(format!("{:?}", transport.injected()));
        story.extend(told(transport.inner()).await);
        story
    }
    let (first, again, other) = (story(7).await, story(7).await, story(8).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
}
