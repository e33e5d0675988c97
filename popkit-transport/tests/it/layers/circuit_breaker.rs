//! Leaving a backend alone that does not answer.

use std::sync::Arc;

use popkit_protocol::ManualClock;
use popkit_transport::layer::{
    CircuitBreaker, CircuitBreakerOptions, CircuitState, Fault, Injection, Operation, Retry,
};
use popkit_transport::{
    ErrorKind, MemoryTransport, OutcomeKind, Transport as _, TransportExt as _,
};

use super::support::{SECOND, call, channel, fault, is_waiting, message, next, retry, told};

type Broken = CircuitBreaker<Fault<MemoryTransport>>;

fn guarded<T>(inner: T, clock: &Arc<ManualClock>) -> CircuitBreaker<T> {
    let options = CircuitBreakerOptions::default().failures(3).cool_down(SECOND * 20);
    CircuitBreaker::with_options(inner, options, Arc::clone(clock) as _)
}

/// A breaker that is open.
async fn open(clock: &Arc<ManualClock>) -> Broken {
    let transport = guarded(fault(), clock);
    transport.inner().script(Operation::Ping, [Injection::Fail, Injection::Lose, Injection::Fail]);
    for _ in 0..3 {
        transport.ping().await.unwrap_err();
    }
    assert!(matches!(transport.state(), CircuitState::Open { .. }));
    transport
}

#[tokio::test(start_paused = true)]
async fn while_open_calls_are_refused_at_once_and_reach_nothing() {
    let clock = Arc::new(ManualClock::default());
    let transport = open(&clock).await;
    clock.advance(SECOND * 5);
    let guarded =
        [Operation::Publish, Operation::PublishBatch, Operation::Subscribe, Operation::Ping];
    for operation in guarded {
        let before = transport.inner().injected_into(operation).calls;
        let error = call(&transport.clone(), operation).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{operation}");
        assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{operation}");
        assert_eq!(error.retry_after(), Some(SECOND * 15), "{operation}");
        assert_eq!((error.backend(), error.operation()), ("memory", operation.name()));
        assert_eq!(transport.inner().injected_into(operation).calls, before, "{operation}");
    }
    transport.close().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_call_is_let_through_to_see() {
    let clock = Arc::new(ManualClock::default());
    let transport = open(&clock).await;
    clock.advance(SECOND * 20);
    transport.inner().script(Operation::Publish, [Injection::DelayReply(SECOND)]);
    let channel = channel();
    let probe = transport.publish(&channel, "1");
    let other = async {
        let error = transport.publish(&channel, "2").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(transport.state(), CircuitState::HalfOpen);
    };
    let (probe, ()) = tokio::join!(probe, other);
    probe.unwrap();
    assert_eq!(transport.state(), CircuitState::Closed { failures: 0 });
    assert_eq!(told(&transport).await, ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_opens_it_again_and_one_that_is_dropped_says_nothing() {
    let clock = Arc::new(ManualClock::default());
    let transport = open(&clock).await;
    clock.advance(SECOND * 20);
    transport.inner().script(Operation::Ping, [Injection::Delay(SECOND), Injection::Fail]);
    assert!(is_waiting(transport.ping()).await);
    assert_eq!(transport.state(), CircuitState::HalfOpen);
    transport.ping().await.unwrap_err();
    assert!(matches!(transport.state(), CircuitState::Open { .. }));
    clock.advance(SECOND * 20);
    transport.ping().await.unwrap();
    assert_eq!(transport.state(), CircuitState::Closed { failures: 0 });
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_in_itself_says_nothing_about_the_backend() {
    let transport = guarded(fault(), &Arc::default());
    for _ in 0..10 {
        transport.subscribe(&[]).await.unwrap_err();
        transport.publish(&channel(), vec![0; 2 << 20]).await.unwrap_err();
    }
    assert_eq!(transport.state(), CircuitState::Closed { failures: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_batch_counts_as_failed_when_nothing_of_it_was_published() {
    let transport = guarded(fault(), &Arc::default());
    let batch = || vec![message(1), message(2)];
    for (injection, failures) in
        [(Injection::Pass, 0), (Injection::Fail, 1), (Injection::Pass, 1), (Injection::Lose, 2)]
    {
        transport.inner().script(Operation::PublishBatch, [injection]);
        let _ = transport.publish_batch(batch()).await;
        assert_eq!(transport.state(), CircuitState::Closed { failures }, "{injection:?}");
    }
    transport.inner().script(Operation::Publish, [Injection::Pass, Injection::Fail]);
    let _ = transport.publish_batch(batch()).await;
    assert_eq!(transport.state(), CircuitState::Closed { failures: 2 }, "one was");
}

#[tokio::test(start_paused = true)]
async fn readers_are_left_alone() {
    let clock = Arc::new(ManualClock::default());
    let transport = guarded(fault(), &clock);
    let mut reader = transport.subscribe(&[channel()]).await.unwrap();
    transport.inner().script(Operation::Ping, [Injection::Fail; 3]);
    for _ in 0..3 {
        transport.ping().await.unwrap_err();
    }
    transport.inner().publish(&channel(), "1").await.unwrap();
    transport.inner().script(Operation::Read, [Injection::Fail]);
    reader.next().await.unwrap().unwrap_err();
    assert_eq!(next(&mut reader).await.payload, "1", "also while it is open");
}

#[tokio::test(start_paused = true)]
async fn around_retry_it_counts_results_not_tries() {
    let clock = Arc::new(ManualClock::default());
    let fault = fault();
    let transport = guarded(retry(fault.clone()), &clock);
    fault.script(Operation::Ping, [Injection::Fail; 4]);
    transport.ping().await.unwrap();
    assert_eq!(transport.state(), CircuitState::Closed { failures: 0 });

    // Inside of retry, four hiccups that repeating would have mended open it.
    let inside = Retry::new(guarded(fault.clone(), &clock));
    fault.script(Operation::Ping, [Injection::Fail; 4]);
    inside.ping().await.unwrap_err();
    assert!(matches!(inside.inner().state(), CircuitState::Open { .. }));
}
