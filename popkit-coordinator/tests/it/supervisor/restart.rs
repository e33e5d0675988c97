//! A supervisor that was restarted knows what its predecessor did.

use popkit_coordinator::agent::supervisor::{Ending, Resolution};
use popkit_protocol::TaskState;

use super::{Stage, publish, settle, task};

#[tokio::test]
async fn requeues_are_counted_over_restarts() {
    for stage in Stage::both().await {
        let plan = || [task("a", &[]), task("b", &["a"])];
        for round in 0..2 {
            let supervisor = stage.supervisor();
            let mut monitor = stage.watch(&supervisor, plan()).await;
            settle(&mut monitor).await;
            stage.fail("a").await;
            settle(&mut monitor).await;
            let wanted = if round == 0 { TaskState::Pending } else { TaskState::Failed };
            assert_eq!(stage.get("a").await.state, wanted, "round {round}");
        }
        let supervisor = stage.supervisor();
        let mut monitor = stage.watch(&supervisor, plan()).await;
        settle(&mut monitor).await;
        assert_eq!(stage.get("a").await.state, TaskState::Failed, "not even by the third");
        assert_eq!(monitor.progress().blockers[0].resolution, Some(Resolution::Escalate));
    }
}

#[tokio::test]
async fn what_happened_while_nobody_watched_is_seen_at_the_first_look() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let plan = publish(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
        stage.done("a").await;
        let mut monitor = stage.supervisor().monitor(&plan).await.unwrap();
        assert_eq!(monitor.progress().done, 1);
        settle(&mut monitor).await;
        stage.done("b").await;
        let mut late = stage.supervisor().monitor(&plan).await.unwrap();
        assert_eq!(late.turn().await.unwrap(), Some(Ending::Complete));
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete), "both see the end");
    }
}
