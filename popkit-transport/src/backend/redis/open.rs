//! Connecting, and what the server must promise.

use std::sync::Arc;
#[cfg(feature = "upstash")]
use std::time::Duration;

use popkit_protocol::{Durability, Push, Reach};
use popkit_redis::{Eviction, Identity, Keyspace, Redis};

use super::classify::{Told as _, convert};
use super::config::Server;
use super::shared::Shared;
use super::{RedisTransport, RedisTransportOptions};
use crate::{Capabilities, Guarantee, Ordering, Result};

pub(super) async fn open(options: RedisTransportOptions) -> Result<RedisTransport> {
    options.check()?;
    let url = options.server.to_string();
    match options.server.clone() {
        Server::Native(config) => over(Redis::connect(config).await.told()?, options, &url).await,
        #[cfg(feature = "upstash")]
        Server::Rest(config) => {
            Ok(over_rest(Redis::connect_rest(config).await.told()?, options, &url))
        }
    }
}

/// A transport over REST. The service tells nothing of itself: what it is asked would be billed
/// and refused.
#[cfg(feature = "upstash")]
fn over_rest(redis: Redis, options: RedisTransportOptions, url: &str) -> RedisTransport {
    let capabilities = Capabilities {
        // What the provider promises is his to say, and not known here.
        durability: Durability::Process,
        push: if redis.has_hints() { Push::Everywhere } else { Push::Poll },
        latest_every: Duration::from_secs(60),
        ..least()
    };
    let keyspace = Keyspace::new(&options.namespace, false);
    let RedisTransportOptions { keep, ids, legacy, .. } = options;
    let server = format!("Upstash at {url}");
    let shared = Shared::new(redis, keyspace, keep, ids, legacy, capabilities, server);
    RedisTransport::new(Arc::new(shared))
}

/// What every server can do.
fn least() -> Capabilities {
    Capabilities {
        guarantee: Guarantee::AtLeastOnce,
        ordering: Ordering::PerChannel,
        reach: Reach::Network,
        replay: true,
        latest: true,
        shared: true,
        ..Capabilities::least()
    }
}

/// A transport over a wire that is connected.
async fn over(redis: Redis, options: RedisTransportOptions, url: &str) -> Result<RedisTransport> {
    let cluster = redis.capabilities().cluster;
    let keyspace = Keyspace::new(&options.namespace, cluster);
    let settings = redis.settings(&keyspace.prefix()).await.told()?;
    match settings.eviction() {
        Eviction::Evicts(_) if options.allow_eviction => {}
        _ => settings.refuse_eviction().map_err(convert)?,
    }
    #[cfg(feature = "tracing")]
    for remark in settings.remarks() {
        tracing::warn!(server = url, "{remark}");
    }
    let identity = redis.identity(&keyspace.prefix()).await.told()?;
    let capabilities = Capabilities {
        // A server that does not tell may keep nothing when it is killed.
        durability: settings.durability().unwrap_or(Durability::Process),
        push: Push::Everywhere,
        ..least()
    };
    let server = describe(&identity, url);
    let shared =
        Shared::new(redis, keyspace, options.keep, options.ids, false, capabilities, server);
    Ok(RedisTransport::new(Arc::new(shared)))
}

fn describe(identity: &Identity, url: &str) -> String {
    match identity.version {
        Some(version) => format!("Redis {version} at {url}"),
        None => format!("Redis at {url}"),
    }
}
