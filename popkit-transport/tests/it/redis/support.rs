//! What these tests have in common.

use std::time::Duration;

use popkit_protocol::{Channel, Namespace, Topic};
use popkit_transport::{Event, RedisTransport, RedisTransportOptions, Subscription};

/// How long anything may take on a machine that is busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) fn results() -> Channel {
    Namespace::unnamed().channel(&Topic::Results)
}

pub(crate) fn options(url: &str) -> RedisTransportOptions {
    url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// Opens with the patience of a test on a busy machine.
pub(crate) async fn open(url: &str) -> RedisTransport {
    let sign = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{sign}timeout=20s&connect_timeout=20s");
    options(&url).open().await.unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// Waits for a future, at most for the deadline.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {DEADLINE:?} for {what}"),
    }
}

/// The next event, which must come.
pub(crate) async fn event(reader: &mut Subscription) -> Event {
    soon("an event", reader.next()).await.expect("the subscription goes on").expect("no error")
}

/// The next event, as one line.
pub(crate) async fn line(reader: &mut Subscription) -> String {
    match event(reader).await {
        Event::Message(message) => String::from_utf8(message.payload.to_vec()).expect("text"),
        Event::Gap(gap) => {
            let missed = gap.missed.map_or_else(|| "?".to_owned(), |missed| missed.to_string());
            format!("-{missed} {}", gap.cause.as_str())
        }
        Event::Reset { .. } => "reset".to_owned(),
        other => panic!("unexpected: {other:?}"),
    }
}

/// The next events, as lines.
pub(crate) async fn lines(reader: &mut Subscription, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..count {
        lines.push(line(reader).await);
    }
    lines
}
