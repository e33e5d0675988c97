use popkit_protocol::{Outcome, RandomIds};
use popkit_store::layer::{Fault, Injection, Operation};
use popkit_store::{Claimant, MemoryStore, TaskStoreExt as _};

use super::super::board::stage::{profile, task};
use super::*;
use crate::plan::TaskGraph;

#[tokio::test]
async fn a_task_that_could_not_be_read_again_is_read_in_the_next_turn() {
    let line = Fault::new(MemoryStore::new());
    let supervisor = Supervisor::new("lead", Arc::new(line.clone())).unwrap();
    let graph = TaskGraph::new(vec![task("a", &[])]).unwrap();
    let plan = supervisor.publish(&graph).await.unwrap();
    let mut monitor = supervisor.monitor(&plan).await.unwrap();
    let worker = Claimant::new(&RandomIds, profile(&["a"]));
    let lease = line.claim(&worker).await.unwrap().unwrap();
    // The event of the claim is passed over, so the next one does not fit.
    monitor.tail.next().await.unwrap();
    line.finish(&worker, &lease, Outcome::Done { result: None }).await.unwrap();
    line.script(Operation::Get, [Injection::Fail]);
    assert!(monitor.turn().await.unwrap_err().is_retryable());
    assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
}
