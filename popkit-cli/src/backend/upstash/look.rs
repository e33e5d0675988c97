//! Asking a REST service.

use std::time::Duration;

use popkit_redis::{Command, Redis, Reply, RestConfig, Result, server_error};

use crate::backend::server::{Info, ping};
use crate::error::CliError;

/// Signs of life of which the middle one counts. Each is billed.
const PINGS: usize = 3;
/// What the vendor's names of regions begin with.
const CLOUDS: [&str; 6] = ["ap", "ca", "eu", "sa", "us", "global"];

/// What a service tells of itself. What it does not tell is `None`.
#[derive(Debug, Clone)]
pub(crate) struct Looked {
    /// Where it is, without the token.
    pub(crate) url: String,
    /// Where its data is, by the name of its host.
    pub(crate) region: Option<String>,
    /// The version of Redis that it says it is.
    pub(crate) version: Option<String>,
    /// What it does when it is full.
    pub(crate) eviction: Option<String>,
    /// How many keys it has.
    pub(crate) keys: Option<u64>,
    /// Bytes of memory in use.
    pub(crate) memory: Option<u64>,
    /// Bytes of memory that it may use; 0: no limit is told.
    pub(crate) memory_limit: Option<u64>,
    /// How long an answer takes.
    pub(crate) latency: Duration,
    /// What looking was billed.
    pub(crate) commands: u64,
}

/// Connects, and tells what is wrong in one line.
pub(crate) async fn connect(config: &RestConfig) -> Result<Redis, CliError> {
    Ok(Redis::connect_rest(config.clone()).await?)
}

impl Looked {
    /// Asks for it.
    ///
    /// # Errors
    ///
    /// Those of the way; what the service refuses to tell is none.
    pub(crate) async fn at(config: &RestConfig, redis: &Redis) -> Result<Self> {
        let mut times = Vec::with_capacity(PINGS);
        for _ in 0..PINGS {
            times.push(ping(redis).await?);
        }
        times.sort_unstable();
        let questions = vec![Command::new("DBSIZE"), Command::new("INFO")];
        let mut answers = redis.pipeline(questions).await?.into_iter();
        let keys = told(answers.next())?.map(Reply::into_count).transpose()?;
        let info = told(answers.next())?.map(Reply::into_text).transpose()?;
        let info = Info::of(info.unwrap_or_default());
        let url = config.to_string();
        Ok(Self {
            region: region(&url),
            version: info.field("redis_version").map(str::to_owned),
            eviction: info.field("maxmemory_policy").map(str::to_owned),
            keys,
            memory: info.number("used_memory"),
            memory_limit: info.number("maxmemory"),
            latency: times.get(PINGS / 2).copied().unwrap_or_default(),
            commands: redis.counters().billed(),
            url,
        })
    }

    /// Whether it throws data away when it is full, where that is told.
    pub(crate) fn evicts(&self) -> Option<bool> {
        self.eviction.as_deref().map(|policy| policy != "noeviction")
    }
}

/// An answer; a refusal is none.
fn told(answer: Option<Result<Reply>>) -> Result<Option<Reply>> {
    match answer {
        Some(Err(error)) if server_error(&error).is_none() => Err(error),
        answer => Ok(answer.and_then(Result::ok)),
    }
}

/// The region, where the host is named by it: `eu1-merry-cat-12345.upstash.io`.
fn region(url: &str) -> Option<String> {
    let host = url.split_once("://")?.1.strip_suffix(".upstash.io")?;
    let first = host.split('-').next()?;
    let letters = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_one = CLOUDS.iter().any(|cloud| letters.starts_with(cloud)) && letters.len() <= 6;
    let is_numbered = letters.len() < first.len() || letters == "global";
    (is_one && is_numbered).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_told_by_the_host_alone_that_is_named_by_one() {
        for (url, expected) in [
            ("https://eu1-merry-cat-12345.upstash.io", Some("eu1")),
            ("https://apse2-x-1.upstash.io", Some("apse2")),
            ("https://global-apt-bear-3.upstash.io", Some("global")),
            ("https://usable-gecko-30571.upstash.io", None),
            ("https://merry-cat-12345.upstash.io", None),
            ("https://eu1-x.example.org", None),
            ("http://127.0.0.1:8080", None),
        ] {
            assert_eq!(region(url).as_deref(), expected, "{url}");
        }
    }
}
