//! The REST wire, against a double of the service over a real server.

mod calls;
mod cost;
mod fault;
mod listen;
mod literal;
mod live;
mod read;
mod refusal;
mod script;
mod secret;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use popkit_redis::{Redis, RestConfig, RestWire};
use popkit_testkit::{UpstashDouble, UpstashOptions};

use crate::support::{DEADLINE, soon, until_ok};

async fn double() -> UpstashDouble {
    UpstashDouble::start(UpstashOptions::default()).await
}

fn at(url: &str, token: &str) -> RestConfig {
    let config: RestConfig = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
    config.token(token).timeout(DEADLINE).try_timeout(DEADLINE).connect_timeout(DEADLINE)
}

/// With the patience of a test on a busy machine.
fn config(double: &UpstashDouble) -> RestConfig {
    at(&double.url(), double.token())
}

async fn connect(double: &UpstashDouble) -> Redis {
    connect_with(config(double)).await
}

async fn connect_with(config: RestConfig) -> Redis {
    Redis::connect_rest(config.clone()).await.unwrap_or_else(|error| panic!("{config}: {error}"))
}

/// As another process would: sharing nothing with who is connected already.
async fn connect_alone(double: &UpstashDouble) -> Redis {
    let wire = RestWire::connect(config(double)).await;
    Redis::over(Arc::new(wire.unwrap_or_else(|error| panic!("{error}"))))
}

/// The same with little patience, which a busy machine may try more than once.
async fn connect_soon(config: RestConfig) -> Redis {
    until_ok("a connection", async || Redis::connect_rest(config.clone()).await).await
}

/// Waits for a condition, at most for the deadline, and lets other tasks work meanwhile.
async fn until(what: &str, mut condition: impl FnMut() -> bool + Send) {
    soon(what, async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// What the double's requests count, before the first of a test.
fn begin(double: &UpstashDouble) -> u64 {
    double.reset_counts();
    double.requests()
}

const SHORT: Duration = Duration::from_millis(300);
