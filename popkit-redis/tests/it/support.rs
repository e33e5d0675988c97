//! What the tests share.

use std::time::Duration;

use popkit_redis::{Command, Error, Redis, RedisConfig, Reply};
use popkit_testkit::{Aof, RedisOptions, RedisServer};

/// How long anything may take on a machine that is busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A server without files.
pub(crate) fn server() -> RedisServer {
    RedisServer::start(RedisOptions::default().aof(Aof::Off))
}

/// A server whose data outlives it.
pub(crate) fn durable() -> RedisServer {
    RedisServer::start(RedisOptions::default().aof(Aof::Always))
}

pub(crate) fn config(url: &str) -> RedisConfig {
    url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// With the patience of a test on a busy machine.
pub(crate) async fn connect(url: &str) -> Redis {
    connect_with(config(url).timeout(DEADLINE).connect_timeout(DEADLINE)).await
}

pub(crate) async fn connect_with(config: RedisConfig) -> Redis {
    let shown = config.to_string();
    Redis::connect(config).await.unwrap_or_else(|error| panic!("{shown}: {error}"))
}

/// The same with little patience, which a busy machine may try more than once.
pub(crate) async fn connect_soon(config: RedisConfig) -> Redis {
    until_ok("a connection", async || Redis::connect(config.clone()).await).await
}

/// Tries until it succeeds, at most for the deadline.
pub(crate) async fn until_ok<T>(
    what: &str,
    mut attempt: impl AsyncFnMut() -> Result<T, Error>,
) -> T {
    soon(what, async {
        loop {
            if let Ok(value) = attempt().await {
                return value;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

pub(crate) async fn refused(config: RedisConfig) -> Error {
    let shown = config.to_string();
    match Redis::connect(config).await {
        Ok(_) => panic!("{shown} was accepted"),
        Err(error) => error,
    }
}

pub(crate) fn set(key: &str, value: &str) -> Command {
    Command::new("SET").args([key, value])
}

pub(crate) fn get(key: &str) -> Command {
    Command::new("GET").arg(key)
}

pub(crate) fn incr(key: &str) -> Command {
    Command::new("INCR").arg(key)
}

pub(crate) async fn value(redis: &Redis, key: &str) -> Option<String> {
    redis.execute(get(key)).await.unwrap().into_option(Reply::into_text).unwrap()
}

/// Waits for a future, at most for the deadline.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {DEADLINE:?} for {what}"),
    }
}
