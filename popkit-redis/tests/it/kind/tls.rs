//! TLS, with an authority of the test's own.

use popkit_redis::{ErrorKind, RedisConfig, Topics};
use popkit_testkit::{RedisOptions, RedisServer};

use crate::support::{config, connect_with, refused, server, set, value};

fn secure() -> (RedisServer, RedisConfig) {
    let server = RedisServer::start(RedisOptions::default().tls());
    let config = config(&server.url()).ca(server.ca_file().unwrap());
    (server, config)
}

#[tokio::test]
async fn a_server_with_a_trusted_certificate_is_used() {
    let (_server, config) = secure();
    let redis = connect_with(config).await;
    redis.execute(set("a", "1")).await.unwrap();
    assert_eq!(value(&redis, "a").await.as_deref(), Some("1"));
    let mut line = redis.dedicated().unwrap();
    line.execute(set("a", "2"), std::time::Duration::ZERO).await.unwrap();
    redis.subscribe(Topics::channels(["a"])).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (server, _) = secure();
    let (other, _) = secure();
    for config in [config(&server.url()).ca(other.ca_file().unwrap()), config(&server.url())] {
        let error = refused(config).await;
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn plain_and_secure_do_not_mix() {
    let (server, _) = secure();
    let error = refused(RedisConfig::tcp("127.0.0.1", server.addr().port())).await;
    assert!(error.message().contains("rediss://"), "{error}");
    let plain = crate::support::server();
    let secure = RedisConfig::tcp("127.0.0.1", plain.addr().port()).tls(true);
    let error = refused(secure.connect_timeout(std::time::Duration::from_millis(500))).await;
    assert!(error.message().contains("TLS"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_told() {
    let server = server();
    let log = server.folder().join("redis.log");
    let url = config("rediss://127.0.0.1");
    let error = refused(url.clone().ca(&log)).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("redis.log: it holds no certificate"), "{error}");
    let error = refused(url.ca("/does/not/exist.pem")).await;
    assert!(error.message().contains("cannot read it"), "{error}");
}
