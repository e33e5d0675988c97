//! Which server it is, and what its settings promise.

use popkit_protocol::Durability;
use popkit_redis::{Eviction, Mode, Role};
use popkit_testkit::{Aof, RedisOptions, RedisServer};

use crate::support::{connect, durable};

#[tokio::test]
async fn a_server_tells_who_it_is_and_another_start_is_another_one() {
    let server = durable();
    let redis = connect(&server.url()).await;
    let before = redis.identity("a").await.unwrap();
    assert_eq!((before.role, before.mode), (Some(Role::Primary), Some(Mode::Standalone)));
    assert_eq!(before.replicas, Some(0));
    assert_eq!(redis.identity("a").await.unwrap(), before);
    let generation = redis.counters().generation;
    server.kill();
    server.restart();
    let after = redis.identity("a").await.unwrap();
    assert_ne!(before.run_id, after.run_id);
    assert_ne!(before.replication_id, after.replication_id);
    assert_eq!(redis.counters().generation, generation + 1);
}

#[tokio::test]
async fn durability_is_what_the_settings_say() {
    for (aof, durability, remarks) in [
        (Aof::Always, Durability::PowerSafe, 0),
        (Aof::EverySec, Durability::CrashSafe, 1),
        (Aof::Off, Durability::Process, 1),
    ] {
        let server = RedisServer::start(RedisOptions::default().aof(aof));
        let redis = connect(&server.url()).await;
        let settings = redis.settings("a").await.unwrap();
        assert_eq!(settings.durability(), Some(durability));
        assert_eq!(settings.eviction(), Eviction::Never);
        settings.refuse_eviction().unwrap();
        assert_eq!(settings.remarks().len(), remarks, "{:?}", settings.remarks());
    }
}

#[tokio::test]
async fn a_server_that_throws_data_away_is_refused() {
    let options = RedisOptions::default().aof(Aof::Always).arg("maxmemory-policy", "allkeys-lru");
    let server = RedisServer::start(options);
    let redis = connect(&server.url()).await;
    let settings = redis.settings("a").await.unwrap();
    let error = settings.refuse_eviction().unwrap_err();
    assert!(error.message().contains("maxmemory-policy allkeys-lru"), "{error}");
    assert_eq!(settings.remarks().len(), 1);
}
