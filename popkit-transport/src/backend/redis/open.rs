//! Connecting, and what the server must promise.

use std::sync::Arc;

use popkit_protocol::{Durability, Push, Reach};
use popkit_redis::{Eviction, Identity, Keyspace, Redis};

use super::classify::{Told as _, convert};
use super::shared::Shared;
use super::{RedisTransport, RedisTransportOptions};
use crate::{Capabilities, Guarantee, Ordering, Result};

pub(super) async fn open(options: RedisTransportOptions) -> Result<RedisTransport> {
    options.check()?;
    let url = options.server.to_string();
    let redis = Redis::connect(options.server.clone()).await.told()?;
    over(redis, options, &url).await
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
        guarantee: Guarantee::AtLeastOnce,
        ordering: Ordering::PerChannel,
        reach: Reach::Network,
        // A server that does not tell may keep nothing when it is killed.
        durability: settings.durability().unwrap_or(Durability::Process),
        push: Push::Everywhere,
        replay: true,
        latest: true,
        shared: true,
        ..Capabilities::least()
    };
    let server = describe(&identity, url);
    let shared = Shared::new(redis, keyspace, options.keep, options.ids, capabilities, server);
    Ok(RedisTransport::new(Arc::new(shared)))
}

fn describe(identity: &Identity, url: &str) -> String {
    match identity.version {
        Some(version) => format!("Redis {version} at {url}"),
        None => format!("Redis at {url}"),
    }
}
