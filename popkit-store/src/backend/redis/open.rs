//! Connecting, and what the server must promise.

use std::sync::Arc;

use popkit_protocol::Durability;
use popkit_redis::Keyspace;

use super::classify::convert;
use super::keys::TaskKeys;
use super::tasks::{Caller, Lanes};
use super::waiting::Waiting;
use super::{Inner, RedisOptions, RedisStore, rights};
use crate::Result;

pub(super) async fn open(options: RedisOptions) -> Result<RedisStore> {
    let RedisOptions { server, namespace, max_lanes, mode, allow_eviction, clock } = options;
    let redis = server.connect().await?;
    let keyspace = Keyspace::new(&namespace, redis.capabilities().cluster);
    let keys = TaskKeys::new(&keyspace.tasks());
    // A REST service tells little: what it does not tell is the provider's affair.
    let settings = redis.settings(keys.tasks()).await.map_err(convert)?;
    if !allow_eviction {
        settings.refuse_eviction().map_err(convert)?;
    }
    rights::check(&redis, &keys).await?;
    #[cfg(feature = "tracing")]
    for remark in settings.remarks() {
        tracing::warn!(server = ?redis, "{remark}");
    }
    let caller = Caller::new(redis.clone(), keys, clock.clone(), (keyspace.wake(), max_lanes));
    let lanes = Arc::new(Lanes::default());
    Ok(RedisStore(Arc::new(Inner {
        // What the server does not tell is not promised.
        durability: settings.durability().unwrap_or(Durability::Process),
        waiting: Waiting::new(&caller, &lanes),
        lanes,
        redis,
        keyspace,
        caller,
        mode,
        max_lanes,
        clock,
    })))
}
