//! Policies of one's own, and what the supervisor allows them.

use popkit_coordinator::agent::supervisor::{Blocker, BlockerPolicy, Ending, Resolution};
use popkit_protocol::TaskState;
use popkit_store::Action;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{Stage, profile, settle, task};

/// Always the same.
#[derive(Debug)]
struct Always(Resolution);

impl BlockerPolicy for Always {
    fn resolve(&self, _: &Blocker) -> Resolution {
        self.0
    }
}

#[tokio::test]
async fn a_plan_in_which_nothing_moves_and_nobody_is_asked_is_stuck() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor().with_policy(Always(Resolution::Ignore));
        let tasks = [task("a", &[]), task("b", &["a"]), task("c", &["b"]), task("d", &[])];
        let mut monitor = stage.watch(&supervisor, tasks).await;
        stage.fail("a").await;
        settle(&mut monitor).await;
        stage.done("d").await;
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Stuck));
        let summary = monitor.summary(Ending::Stuck);
        assert_eq!((summary.failed.len(), summary.unfinished.len()), (1, 2));
        assert_eq!(summary.to_string(), "stuck: 1 of 4 done (50%), 2 blocked, 1 failed");
    }
}

#[tokio::test]
async fn a_task_without_an_agent_is_cancelled_where_the_policy_says_so() {
    for stage in Stage::both().await {
        let supervisor = stage
            .supervisor()
            .with_policy(Always(Resolution::CancelDependants))
            .with_team([profile(&["other"])])
            .with_patience(std::time::Duration::ZERO);
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
        assert_eq!(monitor.turn().await.unwrap(), None);
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
        assert_eq!(monitor.summary(Ending::Complete).cancelled, 2);
        assert_eq!(stage.get("a").await.state, TaskState::Cancelled);
    }
}

#[tokio::test]
async fn a_policy_that_always_requeues_has_an_end() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor().with_policy(Always(Resolution::Requeue { at_most: 3 }));
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
        for _ in 0..4 {
            stage.fatal("a").await;
            settle(&mut monitor).await;
        }
        let summary = monitor.summary(Ending::Stopped);
        assert_eq!((summary.requeued, summary.escalated), (3, 1));
        assert_eq!(stage.get("a").await.state, TaskState::Failed);
    }
}

/// Somebody who is faster than the supervisor: mends what is broken, and the work goes on.
#[derive(Debug)]
struct Anna(Stage, Resolution);

impl BlockerPolicy for Anna {
    fn resolve(&self, blocker: &Blocker) -> Resolution {
        let (stage, id) = (&self.0, blocker.task.id().as_str());
        block_in_place(|| {
            Handle::current().block_on(async {
                stage.change(id, Action::Requeue).await;
                if self.1 == Resolution::CancelDependants {
                    stage.done(id).await;
                    stage.claim("b").await;
                }
            });
        });
        self.1
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_somebody_put_back_is_not_put_back_again() {
    for stage in Stage::both().await {
        let anna = Anna(stage.again(), Resolution::Requeue { at_most: 9 });
        let mut monitor =
            stage.watch(&stage.supervisor().with_policy(anna), [task("a", &[])]).await;
        stage.fail("a").await;
        settle(&mut monitor).await;
        let task = stage.get("a").await;
        assert_eq!((task.state, task.revision), (TaskState::Pending, 4), "put back once");
        assert_eq!(monitor.summary(Ending::Stopped).requeued, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_since_it_was_seen_is_not_cancelled() {
    for stage in Stage::both().await {
        let anna = Anna(stage.again(), Resolution::CancelDependants);
        let supervisor = stage.supervisor().with_policy(anna);
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
        stage.fail("a").await;
        settle(&mut monitor).await;
        assert_eq!(stage.get("b").await.state, TaskState::Assigned, "somebody works on it");
        assert_eq!((monitor.progress().running, monitor.progress().blockers.len()), (1, 0));
        assert_eq!(monitor.summary(Ending::Stopped).cancelled, 0);
    }
}
