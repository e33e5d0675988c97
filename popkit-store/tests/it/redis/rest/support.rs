//! What these tests have in common.

use popkit_store::{RedisOptions, RedisStore};
use popkit_testkit::{Aof, RedisOptions as ServerOptions, UpstashDouble, UpstashOptions};

/// Without files.
pub(super) fn plain() -> UpstashOptions {
    UpstashOptions::default().redis(ServerOptions::default().aof(Aof::Off))
}

pub(super) async fn double() -> UpstashDouble {
    UpstashDouble::start(plain()).await
}

/// The URL with the patience of a test on a busy machine, and short pauses of the poll.
pub(super) fn url(double: &UpstashDouble) -> String {
    let patience = "timeout=20s&try_timeout=20s&connect_timeout=20s";
    let place = double.url().replace("http://", &format!("http://:{}@", double.token()));
    format!("{place}?{patience}&poll_least=5ms&poll_most=50ms")
}

pub(super) fn options(url: &str) -> RedisOptions {
    url.parse().unwrap()
}

pub(super) async fn open(double: &UpstashDouble) -> RedisStore {
    options(&url(double)).open().await.unwrap()
}
