//! Repeating batches.

use popkit_transport::layer::{Injection, Operation};
use popkit_transport::{
    Capabilities, ErrorKind, OutcomeKind, Publish, Receipt, Result, Transport as _,
    TransportExt as _,
};

use super::support::{SECOND, channel, fault, is_waiting, latest, message, named, retry, told};

fn batch(numbers: std::ops::RangeInclusive<u32>) -> Vec<Publish> {
    numbers.map(message).collect()
}

fn numbers(numbers: std::ops::RangeInclusive<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

fn sequences(answers: &[Result<Receipt>]) -> Vec<Option<u64>> {
    answers.iter().map(|answer| answer.as_ref().ok().map(|r| r.stamp.sequence)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_repeated_in_order() {
    for script in [
        vec![Injection::Fail],
        vec![Injection::Lose],
        vec![Injection::Pass, Injection::Fail],
        vec![Injection::Pass, Injection::Lose],
        vec![Injection::Pass, Injection::Pass, Injection::Lose, Injection::Fail],
    ] {
        let fault = fault();
        let transport = retry(fault.clone());
        fault.script(Operation::Publish, script.clone());
        let answers = transport.publish_batch(batch(1..=5)).await.unwrap();
        assert_eq!(sequences(&answers), [1, 2, 3, 4, 5].map(Some), "{script:?}");
        assert_eq!(told(&transport).await, numbers(1..=5), "{script:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_lost_as_a_whole_is_told_once() {
    let fault = fault();
    let transport = retry(fault.clone());
    let script = [Injection::Lose, Injection::Fail, Injection::Lose, Injection::SlowDown(SECOND)];
    fault.script(Operation::PublishBatch, script);
    let answers = transport.publish_batch(batch(1..=3)).await.unwrap();
    assert_eq!(sequences(&answers), [1, 2, 3].map(Some));
    transport.publish(&channel(), "4").await.unwrap();
    assert_eq!(told(&transport).await, numbers(1..=4));
    assert_eq!(fault.injected_into(Operation::PublishBatch).calls, 5);
}

#[tokio::test(start_paused = true)]
async fn channels_of_a_batch_do_not_hold_each_other_up() {
    let fault = fault();
    let transport = retry(fault.clone());
    let other = |payload: &str| Publish::new(named("pop:insights"), payload.to_owned());
    fault.script(Operation::Publish, [Injection::Fail]);
    let mixed = vec![message(1), other("a"), message(2), other("b")];
    let answers = transport.publish_batch(mixed).await.unwrap();
    assert_eq!(sequences(&answers), [Some(1), Some(1), Some(2), Some(2)]);
    // Four in the first round, one of which kept another back, then the two that were left.
    assert_eq!(fault.injected_into(Operation::Publish).calls, 6);
    assert_eq!(told(&transport).await, numbers(1..=2));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_holds_nobody_up_and_leaves_no_hole() {
    let fault = fault();
    let transport = retry(fault.clone());
    fault.script(Operation::Publish, [Injection::Fail]);
    let large = message("x".repeat(Capabilities::MAX_PAYLOAD + 1));
    let answers = transport.publish_batch(vec![message(1), large, message(2)]).await.unwrap();
    assert_eq!(sequences(&answers), [Some(1), None, Some(2)]);
    let error = answers[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.backend()), (ErrorKind::PayloadTooLarge, "memory"));
    assert_eq!(told(&transport).await, numbers(1..=2));
}

#[tokio::test(start_paused = true)]
async fn when_the_tries_are_used_up_each_message_says_what_is_known() {
    let fault = fault();
    let transport = retry(fault.clone());
    let script = [Injection::Pass, Injection::Lose].into_iter();
    fault.script(
        Operation::Publish,
        script.chain([Injection::Pass; 2]).chain([Injection::Fail; 12]),
    );
    let answers = transport.publish_batch(batch(1..=4)).await.unwrap();
    assert_eq!(sequences(&answers), [Some(1), None, None, None]);
    let outcomes: Vec<_> = answers[1..].iter().map(|a| a.as_ref().unwrap_err().outcome()).collect();
    let (unknown, not) = (OutcomeKind::Unknown, OutcomeKind::NotApplied);
    assert_eq!(outcomes, [unknown, not, not]);
    assert!(answers[1].as_ref().unwrap_err().to_string().contains("(tries "), "{answers:?}");

    // The numbers of the last two were never used, and are given out again.
    let receipt = transport.publish(&channel(), "5").await.unwrap();
    assert_eq!(receipt.stamp.sequence, 3);
    assert_eq!(told(&transport).await, ["1", "2", "5"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_never_sent_fails_as_a_whole() {
    let fault = fault();
    let transport = retry(fault.clone());
    fault.script(Operation::PublishBatch, [Injection::Fail; 5]);
    let error = transport.publish_batch(batch(1..=3)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    assert!(transport.publish_batch(Vec::new()).await.unwrap().is_empty());
    assert!(told(&transport).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_batch_keeps_its_numbers() {
    let fault = fault();
    let transport = retry(fault.clone());
    fault.script(Operation::PublishBatch, [Injection::DelayReply(SECOND)]);
    assert!(is_waiting(transport.publish_batch(batch(1..=3))).await);
    let answers = transport.publish_batch(batch(4..=5)).await.unwrap();
    assert_eq!(sequences(&answers), [4, 5].map(Some));
    assert_eq!(told(&transport).await, numbers(1..=5));
}

#[tokio::test(start_paused = true)]
async fn a_batch_and_single_messages_take_turns() {
    let fault = fault();
    let transport = retry(fault.clone());
    fault.script(Operation::PublishBatch, [Injection::SlowDown(SECOND)]);
    let beat = |payload: &str| message(payload).with_opts(latest("k"));
    let first = transport.publish_batch(vec![message(1), beat("old"), message(2)]);
    let second = transport.publish_batch(vec![beat("new"), message(3)]);
    let channel = channel();
    let third = transport.publish(&channel, "4");
    let (first, second, third) = tokio::join!(first, second, third);
    assert_eq!(sequences(&first.unwrap()), [Some(1), Some(1), Some(2)]);
    assert_eq!(sequences(&second.unwrap()), [Some(2), Some(3)]);
    assert_eq!(third.unwrap().stamp.sequence, 4);
    assert_eq!(told(&transport).await, ["new", "1", "2", "3", "4"]);
}
