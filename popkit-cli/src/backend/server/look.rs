//! Asking a server.

use std::time::Duration;

use popkit_protocol::Namespace;
use popkit_redis::{Identity, Keyspace, Redis, RedisConfig, Result, Servers, Settings};
use tokio::time::Instant;

use super::Info;
use crate::context::Context;
use crate::error::CliError;

/// Signs of life of which the middle one counts.
const PINGS: usize = 5;

/// What a server tells of itself. What it does not tell this user is `None`.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// Where it is, without secrets.
    pub(crate) url: String,
    /// How it is reached: `single server`, `cluster`, `sentinel`.
    pub(crate) kind: &'static str,
    pub(crate) identity: Identity,
    pub(crate) settings: Settings,
    /// Bytes of memory in use.
    pub(crate) memory: Option<u64>,
    /// Bytes of memory that it may use; 0: no limit.
    pub(crate) memory_limit: Option<u64>,
    /// How long an answer takes.
    pub(crate) latency: Duration,
}

/// Connects, and tells what is wrong in one line.
pub(crate) async fn connect(config: &RedisConfig) -> Result<Redis, CliError> {
    Ok(Redis::connect(config.clone()).await?)
}

/// The session's keys on this server.
pub(crate) fn keyspace(cx: &Context, redis: &Redis) -> Keyspace {
    let session = cx.session().map_or_else(Namespace::unnamed, Namespace::of);
    Keyspace::new(&session, redis.capabilities().cluster)
}

/// One sign of life, and how long it took.
pub(crate) async fn ping(redis: &Redis) -> Result<Duration> {
    let asked = Instant::now();
    redis.ping().await?;
    Ok(asked.elapsed())
}

impl Server {
    /// Asks the server that keeps the session's keys.
    pub(crate) async fn look(cx: &Context, config: &RedisConfig, redis: &Redis) -> Result<Self> {
        let prefix = keyspace(cx, redis).prefix();
        let identity = redis.identity(&prefix).await?;
        let settings = redis.settings(&prefix).await?;
        let memory = Info::ask(redis, &prefix, &["memory"]).await?;
        let mut times = Vec::with_capacity(PINGS);
        for _ in 0..PINGS {
            times.push(ping(redis).await?);
        }
        times.sort_unstable();
        Ok(Self {
            url: config.to_string(),
            kind: match config.servers() {
                Servers::Cluster(_) => "cluster",
                Servers::Sentinel { .. } => "sentinel",
                _ => "single server",
            },
            identity,
            settings,
            memory: memory.number("used_memory"),
            memory_limit: memory.number("maxmemory"),
            latency: times.get(PINGS / 2).copied().unwrap_or_default(),
        })
    }

    /// What an acknowledged write survives.
    pub(crate) fn durability(&self) -> String {
        let found = self.settings.durability();
        found.map_or_else(|| "unverified".to_owned(), |class| class.to_string())
    }

    /// The share of its memory that is in use, where it has a limit.
    pub(crate) fn memory_share(&self) -> Option<f64> {
        let limit = self.memory_limit.filter(|limit| *limit > 0)?;
        Some(self.memory? as f64 / limit as f64)
    }
}

/// Whole microseconds.
pub(crate) fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// A short time for people.
pub(crate) fn time(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1000.0)
}
