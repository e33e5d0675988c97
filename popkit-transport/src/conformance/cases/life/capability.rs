//! What a transport says it can do.

use std::slice::from_ref;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, after, channel, earliest};
use crate::{Cursor, ErrorKind};

/// The transport declares what its author says it can do: no ability vanishes unseen.
pub async fn as_expected(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    assert_eq!(stage.transport.capabilities(), h.expected_capabilities());
    assert!(!stage.transport.backend().is_empty());
}

/// A second handle of a shared transport sees what the first one did, at once, and the
/// reverse.
pub async fn second_handle_sees_the_same(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    assert_eq!(second.transport.capabilities(), stage.transport.capabilities());
    let lane = channel("pop:results");
    let mut readers = [stage.listen(&lane).await, second.listen(&lane).await];
    for number in 1..=10 {
        let publisher = if number % 2 == 0 { &stage } else { &second };
        publisher.count(&lane, number..=number).await;
        for handle in [&stage, &second] {
            if handle.replays() {
                account(&handle.all(&lane).await, 1..=number);
            }
        }
    }
    for reader in &mut readers {
        account(&reader.up_to(10).await, 1..=10);
    }
}

/// A transport that works gives a sign of life, and says what answered.
pub async fn ping_answers(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for handle in [&stage, &stage.other().await] {
        let pong = handle.transport.ping().await.expect("a sign of life");
        assert!(!pong.detail.is_empty());
        assert!(!pong.detail.contains('\n'), "one line: {:?}", pong.detail);
    }
}

/// Where starting before now is not declared it is refused.
pub async fn undeclared_replay_is_unsupported(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    stage.publish(&lane, "x").await;
    for opts in [earliest(), after(Cursor::new())] {
        let refused = stage.transport.subscribe_opts(from_ref(&lane), opts).await;
        assert_eq!(refused.expect_err("undeclared").kind(), ErrorKind::Unsupported);
    }
}
