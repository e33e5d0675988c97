//! With a replica that knows of nothing new, in a service that lets replicas answer what only reads.

use std::time::Duration;

use popkit_testkit::{UpstashDouble, UpstashOptions, wait_until};
use popkit_transport::{RedisTransport, TransportExt as _};

use super::open_apart;
use crate::redis::{DEADLINE, lines, results};

async fn double() -> UpstashDouble {
    UpstashDouble::start(UpstashOptions::default().stale_replica(Duration::ZERO)).await
}

async fn publish(transport: &RedisTransport, text: &'static str) {
    transport.publish(&results(), text).await.unwrap();
}

/// Waits until the replica knows everything, and lets it know nothing more.
fn hold(double: &UpstashDouble) {
    wait_until(DEADLINE, "the replica to know everything", || {
        let known = format!("offset={},", double.redis().info("master_repl_offset"));
        double.redis().info("slave0").contains(&known)
    });
    double.replica_link().black_hole();
}

/// What is read behind a cursor that is ahead of the replica, by a process that has no token
/// which asks for more.
async fn read_on(double: &UpstashDouble, here: &RedisTransport) -> Vec<String> {
    let there = open_apart(double, "").await;
    publish(here, "2").await;
    let mut reader = here.replay(&[results()]).await.unwrap();
    while lines(&mut reader, 1).await != ["2"] {}
    let mut resumed = there.resume(&[results()], reader.cursor()).await.unwrap();
    publish(here, "3").await;
    double.replica_link().heal();
    lines(&mut resumed, 1).await
}

#[tokio::test]
async fn p17_a_cursor_ahead_of_a_replica_is_no_damage() {
    let double = double().await;
    let here = open_apart(&double, "").await;
    publish(&here, "1").await;
    hold(&double);
    assert_eq!(read_on(&double, &here).await, ["3"]);
}

#[tokio::test]
async fn a_log_that_a_replica_does_not_know_yet_is_no_other_log() {
    let double = double().await;
    let here = open_apart(&double, "").await;
    hold(&double);
    assert_eq!(read_on(&double, &here).await, ["3"]);
}
