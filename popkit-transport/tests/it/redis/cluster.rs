//! A cluster of three nodes.

use popkit_protocol::{Namespace, SessionId, Topic};
use popkit_testkit::RedisCluster;
use popkit_transport::{Publish, Transport as _, TransportExt as _};

use super::bridge::{LEASE, imported, leads, start};
use super::support::{line, open};

fn cluster_url(cluster: &RedisCluster) -> String {
    let nodes: Vec<_> = cluster.nodes().iter().map(|node| node.addr().to_string()).collect();
    format!("redis+cluster://{}", nodes.join(","))
}

#[cfg(feature = "conformance")]
#[test]
fn every_case_passes() {
    use super::servers::{Servers, every_case};
    use popkit_testkit::{Aof, RedisOptions};

    let servers = RedisCluster::start_opts(RedisOptions::default().aof(Aof::Always));
    every_case(&Servers { servers, url: cluster_url, cut: |all| all.nodes().iter().collect() });
}

#[tokio::test]
async fn sessions_lie_apart_and_are_read_and_bridged_together() {
    let cluster = RedisCluster::start();
    let transport = open(&cluster_url(&cluster)).await;
    let teams = ["a", "b", "c"].map(|name| Namespace::of(&SessionId::new(name).unwrap()));
    let channels: Vec<_> = teams.iter().map(|team| team.channel(&Topic::Results)).collect();
    let mut reader = transport.subscribe(&channels).await.unwrap();
    let batch = (0..30).map(|n: usize| Publish::new(channels[n % 3].clone(), n.to_string()));
    let answers = transport.publish_batch(batch.collect()).await.unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let mut told: Vec<u64> = Vec::new();
    for _ in 0..30 {
        told.push(line(&mut reader).await.parse().unwrap());
    }
    for team in 0..3 {
        let of_team: Vec<_> = told.iter().copied().filter(|n| n % 3 == team).collect();
        assert_eq!(of_team, (0..30).filter(|n| n % 3 == team).collect::<Vec<_>>());
    }
    let bridge = transport.bridge(&teams[1]).lease(LEASE);
    let _running = start(&bridge);
    leads(&bridge).await;
    for node in cluster.nodes() {
        node.cli(&["PUBLISH", "pop:{b}:results", "theirs"]);
        assert_eq!(imported(&mut reader).await, "theirs");
    }
}
