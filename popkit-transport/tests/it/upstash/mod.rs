//! The Redis transport over REST, on a double of the service over a server of the tests' own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests: a panic is what a failure is"
)]

mod cost;
mod legacy;
mod open;
mod stale;
#[cfg(feature = "conformance")]
mod suite;
mod trouble;

use popkit_testkit::{UpstashDouble, UpstashOptions};
use popkit_transport::{RedisTransport, RedisTransportOptions};

/// Patience of a test on a busy machine, and pauses that nobody waits for.
const OPTIONS: &str =
    "timeout=20s&try_timeout=20s&connect_timeout=20s&poll_least=2ms&poll_most=20ms";

async fn double() -> UpstashDouble {
    UpstashDouble::start(UpstashOptions::default()).await
}

fn url(double: &UpstashDouble, more: &str) -> String {
    format!("http://:{}@{}?{OPTIONS}{more}", double.token(), double.addr())
}

async fn open(double: &UpstashDouble, more: &str) -> RedisTransport {
    let url = url(double, more);
    let options: RedisTransportOptions = url.parse().unwrap_or_else(|error| panic!("{error}"));
    options.open().await.unwrap_or_else(|error| panic!("{error}"))
}

/// What one process has open shares a wire; this is as another process would open it.
async fn open_apart(double: &UpstashDouble, more: &str) -> RedisTransport {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    // Never the default.
    open(double, &format!("&silence={}ms{more}", 300_001 + number)).await
}

/// Commands that were billed meanwhile, when all that was begun has ended.
async fn billed<T>(double: &UpstashDouble, work: impl Future<Output = T>) -> (u64, T) {
    let before = double.commands();
    let done = work.await;
    (double.commands() - before, done)
}
