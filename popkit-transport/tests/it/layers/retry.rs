//! Repeating calls.

use std::time::Duration;

use popkit_transport::layer::{Injection, Operation, Retry, RetryOptions, Timeout};
use popkit_transport::{
    Capabilities, ErrorKind, OutcomeKind, PublishOptions, Transport, TransportExt as _,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::support::{
    ALL, SECOND, call, channel, fault, is_waiting, latest, memory, named, next, retry, told,
};

#[tokio::test(start_paused = true)]
async fn every_call_is_repeated_whether_it_failed_or_its_answer_was_lost() {
    for injection in [Injection::Fail, Injection::Lose] {
        for operation in ALL {
            let fault = fault();
            fault.script(operation, [injection, injection]);
            call(&retry(fault.clone()), operation).await.unwrap();
            assert_eq!(fault.injected_into(operation).calls, 3, "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_answer_was_lost_is_told_once() {
    let fault = fault();
    let transport = retry(fault.clone());
    fault.script(Operation::Publish, [Injection::Lose, Injection::Fail, Injection::Lose]);
    let receipt = transport.publish(&channel(), "1").await.unwrap();
    assert_eq!(receipt.stamp.sequence, 1);
    transport.publish(&channel(), "2").await.unwrap();

    let mut reader = transport.replay(&[channel()]).await.unwrap();
    assert_eq!(next(&mut reader).await.payload, "1");
    assert_eq!(next(&mut reader).await.payload, "2");
    assert!(is_waiting(reader.next()).await);
    assert_eq!(reader.duplicates(), 2, "it is there three times");
}

#[tokio::test(start_paused = true)]
async fn a_later_message_does_not_overtake_one_that_is_repeated() {
    let fault = fault();
    let transport = retry(fault.clone());
    let pause = Injection::SlowDown(SECOND);
    fault.script(Operation::Publish, [pause, Injection::Lose, pause]);
    let mut calls = JoinSet::new();
    for number in 1..=5 {
        let transport = transport.clone();
        calls.spawn(async move {
            transport.publish(&channel(), number.to_string()).await.unwrap();
        });
        tokio::task::yield_now().await;
    }
    while let Some(ended) = calls.join_next().await {
        ended.unwrap();
    }
    assert_eq!(told(&transport).await, ["1", "2", "3", "4", "5"]);
}

#[tokio::test(start_paused = true)]
async fn channels_do_not_wait_for_each_other() {
    let fault = fault();
    let transport = retry(fault.clone());
    fault.script(Operation::Publish, [Injection::SlowDown(SECOND * 9)]);
    let mut calls = JoinSet::new();
    calls.spawn({
        let transport = transport.clone();
        async move { transport.publish(&channel(), "slow").await }
    });
    tokio::task::yield_now().await;
    let before = Instant::now();
    transport.publish_opts(&channel(), "v".into(), latest("k")).await.unwrap();
    transport.publish(&named("pop:insights"), "other").await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
    calls.join_next().await.unwrap().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_that_surely_was_not_sent_leaves_no_hole() {
    let fault = fault();
    let transport = retry(fault.clone());
    transport.publish(&channel(), "1").await.unwrap();
    fault.script(Operation::Publish, [Injection::Fail; 5]);
    let error = transport.publish(&channel(), "gone").await.unwrap_err();
    assert_eq!(error.to_string(), "publish: unavailable: failed on purpose (tries 5)");
    // Refused for good, before it could take a number.
    let large = vec![0; Capabilities::MAX_PAYLOAD + 1];
    let error = transport.publish(&channel(), large).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PayloadTooLarge);
    transport.publish(&channel(), "2").await.unwrap();
    assert_eq!(told(&transport).await, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_may_have_been_sent_keeps_its_number() {
    let fault = fault();
    let transport = retry(fault.clone());
    let rest = [Injection::Fail; 4];
    fault.script(Operation::Publish, [Injection::Lose].into_iter().chain(rest));
    let error = transport.publish(&channel(), "1").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::Unknown));
    let receipt = transport.publish(&channel(), "2").await.unwrap();
    assert_eq!(receipt.stamp.sequence, 2);
    assert_eq!(told(&transport).await, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_publish_keeps_its_number() {
    let fault = fault();
    let transport = retry(fault.clone());
    // Applied, then waiting for the answer when it is dropped.
    fault.script(Operation::Publish, [Injection::DelayReply(SECOND)]);
    assert!(is_waiting(transport.publish(&channel(), "1")).await);
    transport.publish(&channel(), "2").await.unwrap();
    assert_eq!(told(&transport).await, ["1", "2"], "the second is not taken for the first");
}

#[tokio::test(start_paused = true)]
async fn a_stamp_that_was_given_is_kept_over_all_tries() {
    let fault = fault();
    let transport = retry(fault.clone());
    let stamp = transport.publish(&channel(), "own").await.unwrap().stamp;
    let given = popkit_transport::Stamp { sequence: 40, ..stamp };
    fault.script(Operation::Publish, [Injection::Lose]);
    let opts = PublishOptions::default().with_stamp(given);
    let receipt = transport.publish_opts(&channel(), "given".into(), opts).await.unwrap();
    assert_eq!(receipt.stamp, given);
    assert_eq!(transport.publish(&channel(), "own").await.unwrap().stamp.sequence, 2);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_leave_no_holes_in_the_log() {
    let transport = retry(fault());
    for number in 1..=3 {
        transport.publish(&channel(), number.to_string()).await.unwrap();
        transport.publish_opts(&channel(), "alive".into(), latest("a")).await.unwrap();
    }
    let told = told(&transport).await;
    assert!(!told.contains(&"gap".to_owned()), "{told:?}");
    assert!(told.ends_with(&["1".to_owned(), "2".to_owned(), "3".to_owned()]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_in_itself_is_not_repeated() {
    let fault = fault();
    let transport = retry(fault.clone());
    let error = transport.subscribe(&[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(fault.injected_into(Operation::Subscribe).calls, 1);
    transport.close().await.unwrap();
    let error = transport.publish(&channel(), "x").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Closed, OutcomeKind::NotApplied));
    assert_eq!(fault.injected_into(Operation::Publish).calls, 1);
}

#[tokio::test(start_paused = true)]
async fn the_backend_says_when_to_come_back_and_the_deadline_is_kept() {
    let fault = fault();
    let options = RetryOptions::default().deadline(SECOND * 10);
    let transport = Retry::with_options(fault.clone(), options);
    let before = Instant::now();
    fault.script(Operation::Ping, [Injection::SlowDown(SECOND * 9)]);
    transport.ping().await.unwrap();
    assert!(before.elapsed() >= SECOND * 9);

    let before = Instant::now();
    fault.script(Operation::Ping, [Injection::SlowDown(SECOND * 11)]);
    let error = transport.ping().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(SECOND * 11)));
    assert_eq!(before.elapsed(), Duration::ZERO, "it says so at once");
}

#[tokio::test]
async fn layers_stack_over_a_dyn_transport() {
    let backend: std::sync::Arc<dyn Transport> = std::sync::Arc::new(memory());
    let timed = Timeout::new(backend, SECOND * 5);
    let transport: std::sync::Arc<dyn Transport> = std::sync::Arc::new(Retry::new(timed));
    assert_eq!(transport.backend(), "memory");
    assert_eq!(transport.capabilities(), memory().capabilities());
    transport.publish(&channel(), "1").await.unwrap();
    let boxed: Box<dyn Transport> = Box::new(transport);
    assert_eq!(told(&Retry::new(boxed)).await, ["1"]);
}
