use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use popkit_redis::ErrorKind;

use super::*;
use crate::backend::redis::fake;

fn entry(number: u64, fields: &[(&str, &str)]) -> Entry {
    let text = |text: &str| Reply::Bytes(Bytes::from(text.to_owned()));
    let fields = fields.iter().flat_map(|(name, value)| [text(name), text(value)]).collect();
    let entry = Reply::Array(vec![text(&format!("{number}-0")), Reply::Array(fields)]);
    Entry::read_list(Reply::Array(vec![entry])).unwrap().remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_asked_for_is_kept_though_nothing_was_found_yet() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let shared = fake::shared(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        let error = popkit_redis::Error::new(ErrorKind::RateLimited, "too much");
        Err(error.with_retry_after(Duration::from_secs(60)))
    });
    let (namespace, tally) = (Namespace::unnamed(), Tally::default());
    let mut run = pin!(Predecessors::new(&shared, &namespace, &tally).run());
    assert!(timeout(Duration::from_secs(59), &mut run).await.is_err());
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(timeout(Duration::from_secs(59), &mut run).await.is_err());
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn a_part_is_bounded_by_bytes_and_never_empty() {
    let large = "x".repeat(PART_BYTES / 2 + 1);
    let too_large = "x".repeat(Capabilities::MAX_PAYLOAD + 1);
    let entries = [
        entry(1, &[("message", &large)]),
        entry(2, &[("message", &large), ("popkit", "1")]),
        entry(3, &[("message", &too_large)]),
        entry(4, &[("other", &large)]),
        entry(5, &[("message", &large)]),
        entry(6, &[("message", "small")]),
    ];
    let (first, rest) = part(&entries).unwrap();
    assert_eq!(first.len(), 4, "what is not sent counts nothing");
    let (second, rest) = part(rest).unwrap();
    assert_eq!((second.len(), part(rest)), (2, None));
}
