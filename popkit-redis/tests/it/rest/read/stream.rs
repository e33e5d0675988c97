//! The reader of streams, which polls over REST.

use popkit_redis::{ReaderOptions, StreamStart};
use popkit_testkit::Fault;

use crate::rest::{connect, double};
use crate::stream::{POLL, add, numbers, open_with};

#[tokio::test]
async fn a_stream_is_read_whole_and_in_order_over_faults() {
    let double = double().await;
    let redis = connect(&double).await;
    for n in 0..5 {
        add(&redis, "s", n).await;
    }
    let options = ReaderOptions::default().follow(POLL);
    let mut reader = open_with(&redis, "s", StreamStart::Earliest, options).await;
    assert_eq!(numbers(&mut reader, 5).await, [0, 1, 2, 3, 4]);
    for (n, fault) in
        [Fault::Status(503), Fault::CutBody, Fault::CloseAfter].into_iter().enumerate()
    {
        let n = u64::try_from(n).unwrap() + 5;
        add(&redis, "s", n).await;
        double.faults().next(4, fault);
        assert_eq!(numbers(&mut reader, 1).await, [n]);
        double.faults().clear();
    }
}

#[tokio::test]
async fn what_the_wire_cannot_do_is_chosen_by_nobody() {
    let double = double().await;
    let redis = connect(&double).await;
    add(&redis, "s", 1).await;
    // The double refuses BLOCK; a reader that is told nothing asks from time to time.
    let options = ReaderOptions::default();
    let mut reader = open_with(&redis, "s", StreamStart::Earliest, options).await;
    assert_eq!(numbers(&mut reader, 1).await, [1]);
}
