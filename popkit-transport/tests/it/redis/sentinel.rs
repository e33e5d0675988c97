//! A primary that Sentinels name, and its successor.

use popkit_testkit::{Aof, RedisOptions, RedisSentinel};
use popkit_transport::TransportExt as _;

use super::support::{open, results};
use super::trouble::{counted, persist, read};

fn sentinel_url(sentinels: &RedisSentinel) -> String {
    let addresses: Vec<_> = sentinels.sentinel_addrs().iter().map(ToString::to_string).collect();
    format!("redis+sentinel://{}/{}", addresses.join(","), sentinels.service())
}

#[cfg(feature = "conformance")]
#[test]
fn every_case_passes() {
    use super::servers::{Servers, every_case};

    let servers = RedisSentinel::start_opts(1, RedisOptions::default().aof(Aof::Always));
    every_case(&Servers { servers, url: sentinel_url, cut: |all| vec![all.primary()] });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_and_publishers_follow_a_failover() {
    let sentinels = RedisSentinel::start_opts(3, RedisOptions::default().aof(Aof::Always));
    let transport = open(&sentinel_url(&sentinels)).await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let mut killed = None;
    let write = persist(&transport, 40, |number| {
        if number == 20 {
            sentinels.wait_synced();
            killed = Some(sentinels.kill_primary());
        }
    });
    let (read, ()) = tokio::join!(read(&mut reader, 40), write);
    assert_eq!(read, counted(40));
    assert!(killed.is_some());
}
