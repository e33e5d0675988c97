//! Connecting, and what the server must promise.

use std::sync::Arc;

use popkit_protocol::Durability;
use popkit_redis::{Keyspace, Redis};

use super::classify::convert;
use super::keys::TaskKeys;
use super::tasks::{Caller, Lanes};
use super::wait::Parking;
use super::{Inner, RedisOptions, RedisStore, rights};
use crate::Result;

pub(super) async fn open(options: RedisOptions) -> Result<RedisStore> {
    let RedisOptions { config, namespace, max_lanes, mode, allow_eviction, clock } = options;
    let redis = Redis::connect(config).await.map_err(convert)?;
    let keyspace = Keyspace::new(&namespace, redis.capabilities().cluster);
    let keys = TaskKeys::new(&keyspace.tasks());
    let settings = redis.settings(keys.tasks()).await.map_err(convert)?;
    if !allow_eviction {
        settings.refuse_eviction().map_err(convert)?;
    }
    rights::check(&redis, &keys).await?;
    #[cfg(feature = "tracing")]
    for remark in settings.remarks() {
        tracing::warn!(server = ?redis, "{remark}");
    }
    let caller = Caller::new(redis.clone(), keys, clock.clone());
    Ok(RedisStore(Arc::new(Inner {
        // What the server does not tell is not promised.
        durability: settings.durability().unwrap_or(Durability::Process),
        lanes: Lanes::default(),
        parking: Parking::new(caller.clone()),
        redis,
        keyspace,
        caller,
        mode,
        max_lanes,
        clock,
    })))
}
