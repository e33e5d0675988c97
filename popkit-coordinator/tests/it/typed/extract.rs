//! What handlers take beside their task.

use popkit_coordinator::typed::{
    Attempt, Checkpoint, Handlers, Parents, TypedStoreExt as _, TypedTask,
};
use popkit_coordinator::{TaskContext, TaskError};
use popkit_protocol::{EdgePolicy, Need, Outcome, TaskId};
use popkit_store::TaskStoreExt as _;

use super::{Shout, Shouted, Sum, beside, failed, id, shout, store, sum_of};
use crate::worker::{Stage, secs, task};

#[derive(serde::Serialize, serde::Deserialize)]
struct Total;

impl TypedTask for Total {
    const KIND: &'static str = "total";
    type Output = Vec<Option<i64>>;

    fn policy() -> popkit_coordinator::typed::Policy {
        Sum::policy()
    }
}

async fn sum(task: Sum) -> Result<i64, TaskError> {
    if task.of.is_empty() {
        return Err(TaskError::fail("nothing to add"));
    }
    Ok(task.of.iter().sum())
}

async fn lenient(_: Total, parents: Parents<Option<i64>>) -> Result<Vec<Option<i64>>, TaskError> {
    Ok(parents.0)
}

async fn strict(
    _: Total,
    Attempt(_): Attempt,
    Parents(parents): Parents<i64>,
) -> Result<Vec<Option<i64>>, TaskError> {
    Ok(parents.into_iter().map(Some).collect())
}

async fn family(stage: &Stage) -> TaskId {
    let store = store(stage);
    store.submit_as(id("p-1"), &sum_of(&[1, 2])).await.unwrap();
    store.submit_as(id("p-2"), &sum_of(&[])).await.unwrap();
    store.submit_as(id("p-3"), &sum_of(&[4])).await.unwrap();
    let needs = ["p-3", "p-2", "p-1"].map(|name| Need::new(id(name), EdgePolicy::Ignore));
    let child = Total.new_task(id("child")).unwrap().with_needs(needs);
    stage.insert(child).await
}

#[tokio::test(start_paused = true)]
async fn parents_come_decoded_in_the_order_of_the_needs() {
    let stage = Stage::new();
    let child = family(&stage).await;
    let handle = store(&stage).handle::<Total>(child);
    let handlers = Handlers::new().on(sum).on(lenient);
    let (_, total) = beside(&stage, handlers, handle.result(secs(60))).await;
    assert_eq!(total.unwrap(), [Some(4), None, Some(3)]);
}

#[tokio::test(start_paused = true)]
async fn a_parent_without_a_fitting_result_is_a_failed_attempt_that_names_it() {
    let stage = Stage::new();
    let child = family(&stage).await;
    let handlers = Handlers::new().on(sum).on(strict);
    let (_, task) = beside(&stage, handlers, failed(&stage, &child)).await;
    assert_eq!((task.attempt, task.errors.len()), (2, 2), "tried again");
    let failure = &task.errors[0].failure;
    assert_eq!(failure.kind, "parents");
    assert!(failure.text.contains("parent p-2 (failed)"), "{failure}");
}

#[tokio::test]
async fn a_parent_that_is_gone_is_named() {
    use popkit_coordinator::typed::{Extract as _, States};
    use popkit_protocol::{Score, Task, Timestamp};
    let spec = task("child").with_needs([id("p-9")]);
    let child = Task::inserted(spec.into(), Score::default(), 0, Timestamp::EPOCH);
    let cx = TaskContext::detached(child, Vec::new());
    let error = Parents::<i64>::extract(&cx, &States::default()).await.unwrap_err();
    let Outcome::Retry { error, .. } = error.into_outcome() else { panic!("no retry") };
    assert_eq!(error.text, "parent p-9 is gone");
}

#[tokio::test(start_paused = true)]
async fn the_next_attempt_goes_on_from_the_checkpoint() {
    async fn shouted(
        task: Shout,
        Checkpoint(done): Checkpoint<u32>,
        cx: TaskContext,
    ) -> Result<Shouted, TaskError> {
        for n in done.unwrap_or(0) + 1..=3 {
            cx.checkpoint(&n).await?;
            if n == 2 && done.is_none() {
                return Err(TaskError::retry("out of breath"));
            }
        }
        Ok(Shouted { text: task.text, times: done.unwrap_or(0) })
    }
    let stage = Stage::new();
    let handle = store(&stage).submit(&shout("ho")).await.unwrap();
    let handlers = Handlers::new().on(shouted);
    let (_, end) = beside(&stage, handlers, handle.result(secs(60))).await;
    assert_eq!(end.unwrap().times, 2, "it went on from the second");
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_another_shape_is_a_failed_attempt() {
    async fn writes(_: Sum, found: Checkpoint<u32>, cx: TaskContext) -> Result<i64, TaskError> {
        assert_eq!(found, Checkpoint(None));
        cx.checkpoint("a text").await?;
        Err(TaskError::retry("half done"))
    }
    let stage = Stage::new();
    let handle = store(&stage).submit(&sum_of(&[])).await.unwrap();
    let (_, task) = beside(&stage, Handlers::new().on(writes), failed(&stage, handle.id())).await;
    assert_eq!(task.errors[1].failure.kind, "checkpoint");
    assert!(stage.store.get(handle.id()).await.unwrap().unwrap().checkpoint.is_some());
}
