//! Deadlines.

use popkit_transport::layer::{Injection, Operation, Timeout, TimeoutOptions};
use popkit_transport::{ErrorKind, OutcomeKind, Transport as _, TransportExt as _};
use tokio::time::Instant;

use super::support::{ALL, SECOND, call, channel, fault, message, next, retry, told};

#[tokio::test(start_paused = true)]
async fn every_call_ends_at_its_deadline_and_says_what_is_known() {
    for operation in ALL {
        let fault = fault();
        let transport = Timeout::new(fault.clone(), SECOND * 7);
        fault.script(operation, [Injection::Delay(SECOND * 3600)]);
        let before = Instant::now();
        let error = call(&transport, operation).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, operation.name()));
        assert_eq!(error.backend(), "memory");
        let known = operation.is_read();
        assert_eq!(error.outcome() == OutcomeKind::NotApplied, known, "{operation}");
        assert_eq!(before.elapsed(), SECOND * 7, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_may_have_a_deadline_of_its_own() {
    let options = TimeoutOptions::default().every(SECOND).on(Operation::PublishBatch, SECOND * 30);
    let fault = fault();
    let transport = Timeout::with_options(fault.clone(), options);
    let delays = [Injection::Delay(SECOND * 29), Injection::Delay(SECOND * 31)];
    fault.script(Operation::PublishBatch, delays);
    call(&transport, Operation::PublishBatch).await.unwrap();
    call(&transport, Operation::PublishBatch).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_timed_out_may_have_been_applied_or_not() {
    let fault = fault();
    let transport = Timeout::new(fault.clone(), SECOND);
    let long = SECOND * 5;
    fault.script(Operation::Publish, [Injection::DelayReply(long), Injection::Delay(long)]);
    for payload in ["applied", "dropped"] {
        let error = transport.publish(&channel(), payload).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    }
    assert_eq!(told(&fault).await, ["applied"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_cut_is_unknown_message_by_message() {
    let fault = fault();
    let transport = Timeout::new(fault.clone(), SECOND);
    fault.script(Operation::PublishBatch, [Injection::DelayReply(SECOND * 5)]);
    let answers = transport.publish_batch(vec![message(1), message(2)]).await.unwrap();
    assert_eq!(answers.len(), 2);
    for answer in answers {
        let error = answer.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    }
    assert_eq!(told(&fault).await, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_reader_may_wait_for_as_long_as_nothing_comes() {
    let transport = Timeout::new(fault(), SECOND);
    let mut reader = transport.subscribe(&[channel()]).await.unwrap();
    assert_eq!(reader.next_within(SECOND * 3600).await.unwrap(), None);
    transport.publish(&channel(), "late").await.unwrap();
    assert_eq!(next(&mut reader).await.payload, "late");
}

#[tokio::test(start_paused = true)]
async fn retry_around_timeout_gives_each_try_its_own_deadline() {
    let fault = fault();
    let transport = retry(Timeout::new(fault.clone(), SECOND));
    let long = SECOND * 3600;
    fault.script(Operation::Publish, [Injection::DelayReply(long), Injection::Delay(long)]);
    let before = Instant::now();
    transport.publish(&channel(), "1").await.unwrap();
    assert_eq!(before.elapsed().as_secs(), 2, "two tries were cut");
    assert_eq!(told(&transport).await, ["1"], "once, though it was published twice");
}

#[tokio::test(start_paused = true)]
async fn timeout_around_retry_is_the_wrong_order() {
    let fault = fault();
    let transport = Timeout::new(retry(fault.clone()), SECOND);
    fault.script(Operation::Publish, [Injection::DelayReply(SECOND * 3600)]);
    transport.publish(&channel(), "1").await.unwrap_err();
    assert_eq!(fault.injected_into(Operation::Publish).calls, 1, "nothing was repeated");
}
