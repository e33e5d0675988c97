//! The tasks under the names of the autonomous system, as redis-cli sees them.

#![allow(clippy::unwrap_used, reason = "helpers of tests have nothing better to do")]

use popkit_protocol::{Kinds, NewTask, Outcome, Profile, RandomIds, TaskId};
use popkit_store::{
    Claimant, ErrorKind, InsertOptions, RedisOptions, RedisStore, TaskStore as _, TaskStoreExt as _,
};
use popkit_testkit::{Aof, RedisOptions as ServerOptions, RedisServer};

fn server() -> RedisServer {
    RedisServer::start(ServerOptions::default().aof(Aof::Off))
}

async fn open(url: &str) -> RedisStore {
    url.parse::<RedisOptions>().unwrap().open().await.unwrap()
}

fn task(id: &str) -> NewTask {
    NewTask::new(TaskId::new(id).unwrap(), "work".try_into().unwrap())
}

fn worker(agent: &str) -> Claimant {
    Claimant::new(&RandomIds, Profile::new(agent.try_into().unwrap(), Kinds::Any, []))
}

#[tokio::test]
async fn tasks_are_seen_under_the_old_names() {
    let server = server();
    let store = open(&server.url()).await;
    let view = store.autonomous_view().unwrap();
    let urgent = task("b").with_priority(popkit_protocol::Priority::raw(9));
    let batch = vec![task("a"), urgent, task("c").with_needs([TaskId::new("a").unwrap()])];
    store.insert_opts(batch, InsertOptions::default()).await.unwrap();
    assert_eq!(view.sync().await.unwrap(), 3);
    assert_eq!(server.cli(&["ZREVRANGE", "tasks:pending", "0", "-1"]), "b\na");

    let who = worker("ann");
    let first = store.claim(&who).await.unwrap().unwrap();
    let second = store.claim(&who).await.unwrap().unwrap();
    view.sync().await.unwrap();
    assert_eq!(server.cli(&["HMGET", "task:b", "status", "assignee"]), "assigned\nann");
    assert_eq!(server.cli(&["HMGET", "agent:ann", "status", "current_task"]), "busy\na");
    assert_eq!(server.cli(&["ZCARD", "tasks:pending"]), "0");

    store.finish(&who, &first, Outcome::done("yes").unwrap()).await.unwrap();
    store.finish(&who, &second, Outcome::fail("no use")).await.unwrap();
    view.sync().await.unwrap();
    assert_eq!(server.cli(&["HMGET", "task:b", "status", "assignee", "result"]), "done\n\n\"yes\"");
    assert_eq!(server.cli(&["HMGET", "agent:ann", "status", "current_task"]), "idle\n");
    assert_eq!(server.cli(&["HGET", "task:c", "status"]), "pending", "its parent failed");
    let story = server.cli(&["XRANGE", "events:task:a", "-", "+"]);
    for part in ["event_type", "claimed", "failed", "no use"] {
        assert!(story.contains(part), "{story}");
    }
    let left: u64 = server.cli(&["TTL", "task:b"]).parse().unwrap();
    assert!((1..=86_400).contains(&left), "{left}");
    assert_eq!(view.sync().await.unwrap(), 0, "nothing is written twice");
    assert_eq!(server.cli(&["XLEN", "events:task:b"]), "2");
}

#[tokio::test]
async fn several_writers_write_each_event_once() {
    let server = server();
    let store = open(&server.url()).await;
    store
        .insert_opts((0..700).map(|i| task(&format!("t{i}"))).collect(), InsertOptions::default())
        .await
        .unwrap();
    let who = worker("w");
    while let Some(lease) = store.claim(&who).await.unwrap() {
        store.finish(&who, &lease, Outcome::Done { result: None }).await.unwrap();
    }
    let views: Vec<_> = (0..4).map(|_| store.autonomous_view().unwrap()).collect();
    let written = {
        let [a, b, c, d] = [&views[0], &views[1], &views[2], &views[3]];
        let all = tokio::join!(a.sync(), b.sync(), c.sync(), d.sync());
        all.0.unwrap() + all.1.unwrap() + all.2.unwrap() + all.3.unwrap()
    };
    assert_eq!(written, 3 * 700);
    for i in (0..700).step_by(70) {
        assert_eq!(server.cli(&["XLEN", &format!("events:task:t{i}")]), "2", "t{i}");
    }
}

#[tokio::test]
async fn a_named_session_has_no_such_names() {
    let server = server();
    let store = open(&format!("{}?session=red", server.url())).await;
    let error = store.autonomous_view().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("use the unnamed one on one server"), "{error}");
}
