//! `publish_batch`: several messages, each for itself.

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, channel, producer, stamped};
use crate::{ErrorKind, Headers, Publish, PublishOptions};

/// One answer per message, in the order of the batch, and the messages are read in it.
pub async fn answers_in_order(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    stage.count(&lane, 1..=2).await;
    let batch = (3..=102).map(|n: u64| Publish::new(lane.clone(), n.to_string())).collect();
    let answers = stage.transport.publish_batch(batch).await.expect("tried");
    assert_eq!(answers.len(), 100);
    stage.count(&lane, 103..=104).await;
    let told = reader.up_to(104).await;
    assert_eq!(account(&told, 1..=104).len(), 104);
    for (number, answer) in (3..).zip(answers) {
        let receipt = answer.unwrap_or_else(|error| panic!("message {number}: {error}"));
        assert_eq!(receipt.stamp.sequence, number, "batches are in the same count");
    }
}

/// A message of a batch that is refused harms none of the others, and leaves no hole.
pub async fn refuses_one_by_one(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let large = vec![b'x'; stage.transport.capabilities().max_payload + 1];
    let bad = PublishOptions::default().with_headers(Headers::new().with("Not Allowed", ""));
    let batch = vec![
        Publish::new(lane.clone(), large.clone()),
        Publish::new(lane.clone(), "1"),
        Publish::new(lane.clone(), "x").with_opts(bad),
        Publish::new(lane.clone(), large),
        Publish::new(lane.clone(), "2"),
    ];
    let answers = stage.transport.publish_batch(batch).await.expect("tried");
    let kinds: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().err().map(crate::Error::kind)).collect();
    let (large, bad) = (Some(ErrorKind::PayloadTooLarge), Some(ErrorKind::InvalidInput));
    assert_eq!(kinds, [large, None, bad, large, None]);
    stage.count(&lane, 3..=3).await;
    assert_eq!(account(&reader.up_to(3).await, 1..=3).len(), 3);
}

/// A batch of nothing is answered with nothing.
pub async fn empty_is_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let mut reader = stage.listen(&channel("pop:results")).await;
    let answers = stage.transport.publish_batch(Vec::new()).await.expect("tried");
    assert!(answers.is_empty(), "{answers:?}");
    reader.is_idle().await;
}

/// A batch may go to several channels; each gets its messages in the order of the batch.
pub async fn goes_to_several_channels(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = [channel("a"), channel("b"), channel("c")];
    let mut readers = Vec::new();
    for lane in &lanes {
        readers.push(stage.listen(lane).await);
    }
    // 1, 2 … on each channel, the channels taking turns of different length.
    let mut counts = [0_u64; 3];
    let mut batch = Vec::new();
    for turn in 0..30_usize {
        let which = turn * turn % 7 % 3;
        counts[which] += 1;
        batch.push(Publish::new(lanes[which].clone(), counts[which].to_string()));
    }
    let answers = stage.transport.publish_batch(batch).await.expect("tried");
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    for ((lane, reader), count) in lanes.iter().zip(&mut readers).zip(counts) {
        let told = reader.up_to(count).await;
        assert!(told.iter().all(|event| event.channel() == lane));
        account(&told, 1..=count);
        reader.is_idle().await;
    }
}

/// Stamps and headers of a batch are kept as those of single messages are.
pub async fn keeps_stamps_and_headers(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let mine = producer();
    let opts = |n: u64| {
        let opts = stamped(mine, n).with_headers(Headers::new().with("n", n.to_string()));
        if n.is_multiple_of(2) { opts.relaxed() } else { opts }
    };
    let batch = (1..=6).map(|n| Publish::new(lane.clone(), "x").with_opts(opts(n))).collect();
    let answers = stage.transport.publish_batch(batch).await.expect("tried");
    for (n, answer) in (1..).zip(answers) {
        let (receipt, told) = (answer.expect("accepted"), reader.message().await);
        assert_eq!((Some(receipt.stamp), receipt.position), (told.stamp, told.position));
        assert_eq!(receipt.stamp, crate::Stamp { producer: mine, sequence: n });
        assert_eq!(told.headers.get("n"), Some(n.to_string().as_str()));
    }
}
