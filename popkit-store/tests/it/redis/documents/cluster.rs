//! Documents in a cluster.

use popkit_store::{Document, ErrorKind, StateStore};
use popkit_testkit::RedisCluster;

use super::support::{any, assert_refused, key, list, listed, load, map, open, open_session, save};

async fn tell(store: &dyn StateStore) {
    let leader = save(store, "leader", Document::text("me")).await;
    let guarded = any().guard(key("leader"), leader);
    store.save(&key("state:a"), map(&[("a", "1")]), guarded.clone()).await.unwrap();
    store.append(&key("a:{b}:c"), "x".into(), 3).await.unwrap();
    assert_eq!(load(store, "a:{b}:c").await.unwrap().value, list(&["x"]));
    save(store, "leader", Document::text("you")).await;
    let refused = store.save(&key("state:a"), map(&[]), guarded).await;
    assert_refused(refused, ErrorKind::Conflict);
    assert_eq!(listed(store, "").await, ["a:{b}:c", "leader", "state:a"]);
}

#[tokio::test]
async fn documents_of_a_session_lie_in_its_slot() {
    let cluster = RedisCluster::start();
    let nodes: Vec<_> = cluster.nodes().iter().map(|node| node.addr().to_string()).collect();
    let url = format!("redis+cluster://{}", nodes.join(","));
    for (tag, store) in [
        ("default", open(&url).await),
        ("team", open_session(&url, "team").await),
        ("other", open_session(&url, "other").await),
    ] {
        tell(&store).await;
        let state = format!("pop:{{{tag}}}:state:a");
        let node = cluster.node_of(&state);
        assert_eq!(node.cli(&["HGETALL", &state]), "a\n1");
        node.cli(&["HSET", &format!("pop:{{{tag}}}:state:py"), "a", "1"]);
        assert_eq!(listed(&store, "state:").await, ["state:a", "state:py"]);
    }
}
