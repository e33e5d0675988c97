//! Headers: what travels beside a payload.

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, channel};
use crate::{ErrorKind, Headers, PublishOptions};

fn opts(headers: &Headers) -> PublishOptions {
    PublishOptions::default().with_headers(headers.clone())
}

/// Headers come with the message as they were given, in their order; values are any text.
/// The layers' own are beside them, so a message may have four less than the limit for sure.
pub async fn travel(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let count = Headers::MAX_COUNT - 4;
    let many: Headers = (0..count).rev().map(|n| (format!("h-{n}"), "v".repeat(n))).collect();
    let odd = Headers::new()
        .with("empty", "")
        .with("lines", "one\ntwo\r\n\n")
        .with("quotes", "\"'`\\ {}[] = : ; ,")
        .with("foreign", "gr\u{fc}\u{df}e \u{1f980} \u{202e}")
        .with("controls", "\0\u{1}\t\u{7f}");
    let all = [
        Headers::new(),
        Headers::new().with("trace", "00-1"),
        odd,
        many,
        Headers::new().with("x".repeat(64), "v".repeat(3000)),
        Headers::new(),
    ];
    for headers in &all {
        stage.publish_opts(&lane, "x", opts(headers)).await;
    }
    for headers in &all {
        let told = reader.message().await;
        // A layer's own headers may be among them.
        let ours: Headers =
            told.headers.iter().filter(|(name, _)| headers.get(name).is_some()).collect();
        assert_eq!(ours, *headers);
        assert_eq!(told.payload, "x");
    }
}

/// A message with as many headers as the limit allows travels whole or, where a layer needs
/// the room, is refused; nothing is cut.
pub async fn full_ones_travel_whole(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let size = Headers::MAX_BYTES / Headers::MAX_COUNT;
    let name = |n: usize| format!("{n:0>8}");
    let full: Headers =
        (0..Headers::MAX_COUNT).map(|n| (name(n), "v".repeat(size - name(n).len()))).collect();
    assert!(full.check().is_ok(), "just within the limits");
    match stage.try_publish(&lane, "x", opts(&full)).await {
        Ok(_) => {
            let told = reader.message().await.headers;
            for (name, value) in full.iter() {
                assert_eq!(told.get(name), Some(value), "{name}");
            }
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}"),
    }
}

/// Headers over their limits are refused, with the limit; nothing is published.
pub async fn bad_ones_are_refused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let many: Headers = (0..=Headers::MAX_COUNT).map(|n| (format!("h{n}"), "")).collect();
    let large = Headers::new().with("a", "x".repeat(Headers::MAX_BYTES));
    let bad_name = |name: &str| Headers::new().with(name, "");
    let long_name = bad_name(&"x".repeat(65));
    for bad in [many, large, bad_name(""), bad_name("Upper"), bad_name("a b"), long_name] {
        let refused = stage.try_publish(&lane, "bad", opts(&bad)).await;
        let error = refused.expect_err("over a limit");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}: {error}");
    }
    stage.publish(&lane, "good").await;
    assert_eq!(reader.texts(1).await, ["good"]);
}
