//! The lane registry, where data was lost or is on the move.

use popkit_protocol::{Kinds, NewTask, Profile, RandomIds};
use popkit_store::{Claimant, TaskStore as _, TaskStoreExt as _};

use super::support::{claim, id, open, server};

fn of_kind(name: &str, kind: &str) -> NewTask {
    NewTask::new(id(name), kind.try_into().unwrap())
}

#[tokio::test]
async fn a_registry_that_began_anew_is_not_taken_for_the_old_one() {
    let server = server();
    let (one, other) = (open(&server.url()).await, open(&server.url()).await);
    let kinds = Kinds::Only(["gpu".try_into().unwrap()].into());
    let who = Claimant::new(&RandomIds, Profile::new("w".try_into().unwrap(), kinds, []));
    one.insert(of_kind("a", "gpu")).await.unwrap();
    // It knows now which number the lane has.
    assert_eq!(one.step(claim(&who, 1)).await.unwrap().leases.len(), 1);
    server.cli(&["FLUSHALL"]);
    other.insert(of_kind("b", "docker")).await.unwrap();
    let leases = one.step(claim(&who, 1)).await.unwrap().leases;
    assert!(leases.is_empty(), "it must not serve that: {leases:?}");
}

/// A script that has begun cannot be taken back, and finds half of its keys gone.
#[cfg(feature = "redis-cluster")]
#[tokio::test]
async fn while_a_slot_moves_nothing_is_done_by_half() {
    use popkit_store::ErrorKind;
    use popkit_testkit::{Aof, RedisCluster, RedisOptions as ServerOptions};

    use super::support::{options, worker};

    let cluster = RedisCluster::start_opts(ServerOptions::default().aof(Aof::Off));
    let nodes: Vec<String> = cluster.nodes().iter().map(|node| node.addr().to_string()).collect();
    let url = format!("redis+cluster://{}?timeout=1s", nodes.join(","));
    let store = options(&url).open().await.unwrap();
    let who = worker("w");
    store.insert(of_kind("a", "work")).await.unwrap();
    let lease = store.step(claim(&who, 1)).await.unwrap().leases.remove(0);

    let key = "pop:{default.t}:tasks";
    let from = cluster.node_of(key);
    let to = cluster.nodes().iter().find(|node| node.addr() != from.addr()).unwrap();
    let slot = from.cli(&["CLUSTER", "KEYSLOT", key]);
    let names = (from.cli(&["CLUSTER", "MYID"]), to.cli(&["CLUSTER", "MYID"]));
    to.cli(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &names.0]);
    from.cli(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &names.1]);
    let request = who.step(&RandomIds).with_finish(lease.token, super::support::done());
    let error = store.step(request.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");

    from.cli(&["CLUSTER", "SETSLOT", &slot, "STABLE"]);
    to.cli(&["CLUSTER", "SETSLOT", &slot, "STABLE"]);
    let reply = store.step(request).await.unwrap();
    assert!(reply.finished[0].is_accepted(), "it was held all the time: {reply:?}");
}
