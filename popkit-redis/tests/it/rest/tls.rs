//! TLS, with an authority of the test's own.

use popkit_redis::{ErrorKind, Redis};
use popkit_testkit::{RedisOptions, RedisServer};

use super::{at, double};

fn secure() -> (RedisServer, String) {
    let server = RedisServer::start(RedisOptions::default().tls());
    let url = format!("https://127.0.0.1:{}", server.addr().port());
    (server, url)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (_server, url) = secure();
    let (other, _) = secure();
    for config in [at(&url, "t").ca(other.ca_file().unwrap()), at(&url, "t")] {
        let error = Redis::connect_rest(config).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.message().contains("give it with ca=FILE"), "{error}");
    }
}

#[tokio::test]
async fn a_trusted_certificate_is_taken() {
    let (server, url) = secure();
    let config = at(&url, "t").ca(server.ca_file().unwrap());
    // Behind the certificate there is no HTTP: what fails comes after the greeting.
    let error = Redis::connect_rest(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("was lost before PING was answered"), "{error}");
}

#[tokio::test]
async fn plain_and_secure_do_not_mix() {
    let double = double().await;
    let url = double.url().replace("http://", "https://");
    let error = Redis::connect_rest(at(&url, double.token())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert!(error.message().contains("does not speak TLS"), "{error}");
}
