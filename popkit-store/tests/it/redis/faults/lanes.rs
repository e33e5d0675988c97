//! Handles that were opened with different limits of lanes.

use popkit_protocol::NewTask;
use popkit_store::{ErrorKind, TaskStore as _, TaskStoreExt as _};

use super::support::{claim, finish, id, open, options, server, task, worker};

fn of_kind(name: &str, kind: &str) -> NewTask {
    NewTask::new(id(name), kind.try_into().unwrap())
}

#[tokio::test]
async fn each_handle_adds_lanes_up_to_its_own_limit_and_serves_all() {
    let server = server();
    let narrow = options(&format!("{}?max_lanes=2", server.url())).open().await.unwrap();
    let wide = open(&server.url()).await;
    assert_eq!((narrow.capabilities().max_lanes, wide.capabilities().max_lanes), (2, 64));
    narrow.insert_many(vec![of_kind("a", "one"), of_kind("b", "two")]).await.unwrap();
    let error = narrow.insert(of_kind("c", "three")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");

    wide.insert(of_kind("c", "three")).await.unwrap();
    // What is registered is not added.
    narrow.insert(of_kind("d", "three")).await.unwrap();
    let who = worker("w");
    let leases = narrow.step(claim(&who, 9)).await.unwrap().leases;
    let names: Vec<_> = leases.iter().map(|lease| lease.task.id().as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);

    // A lane without open tasks gives way, also where there are more than the limit.
    for lease in &leases {
        assert!(finish(&narrow, &who, lease).await.is_accepted());
    }
    narrow.insert(of_kind("e", "four")).await.unwrap();
    let leases = wide.step(claim(&who, 9)).await.unwrap().leases;
    assert_eq!(leases.len(), 1);
    assert_eq!(leases[0].task.spec.kind.as_str(), "four");
    wide.insert(task("f")).await.unwrap();
}
