//! From a goal to stored tasks.

use async_trait::async_trait;
use popkit_coordinator::agent::supervisor::{PhasePlanner, Planner, PlannerError, SupervisorError};
use popkit_coordinator::plan::TaskGraph;
use popkit_protocol::{Objective, RandomIds, Timestamp, UniqueKey};
use popkit_store::{CountQuery, ErrorKind, TaskStoreExt as _};

use super::{Stage, id, publish, task};

#[tokio::test]
async fn s3_a_published_task_has_one_id_however_often_it_is_published() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let plan = || [task("a", &[]), task("b", &["a"])];
        let first = publish(&supervisor, plan()).await;
        assert_eq!((first.created(), first.tasks.clone()), (2, vec![id("a"), id("b")]));
        stage.done("a").await;
        let again = publish(&supervisor, plan()).await;
        assert_eq!((again.created(), again.tasks.clone()), (0, first.tasks));
        assert_eq!((again.existing.len(), again.different.len()), (2, 0));
        assert_eq!(stage.store.counts(CountQuery::default()).await.unwrap().total(), 2);
        assert_eq!(stage.get("a").await.revision, 3, "inserted, claimed, done");
    }
}

#[tokio::test]
async fn s4_a_plan_with_an_unknown_parent_is_not_stored_at_all() {
    for stage in Stage::both().await {
        let graph = TaskGraph::new(vec![task("a", &[]), task("b", &["nobody"])]).unwrap();
        let error = stage.supervisor().publish(&graph).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains("b needs nobody"), "{error}");
        assert_eq!(stage.store.counts(CountQuery::default()).await.unwrap().total(), 0);
    }
}

#[tokio::test]
async fn a_stored_task_that_asks_for_something_else_is_told() {
    for stage in Stage::both().await {
        stage.store.insert(task("a", &[]).with_title("another's")).await.unwrap();
        let plan = publish(&stage.supervisor(), [task("a", &[]), task("b", &["a"])]).await;
        assert_eq!((plan.created(), plan.different), (1, vec![id("a")]));
        assert_eq!(stage.get("a").await.spec.title, "another's");
    }
}

#[tokio::test]
async fn the_task_that_holds_a_unique_key_is_watched_in_place_of_the_new_one() {
    for stage in Stage::both().await {
        let key = || UniqueKey::new("deploy").unwrap();
        stage.store.insert(task("old", &[]).with_unique(key())).await.unwrap();
        let supervisor = stage.supervisor();
        let plan = publish(&supervisor, [task("new", &[]).with_unique(key())]).await;
        assert_eq!(plan.tasks, [id("old")]);
        let mut monitor = supervisor.monitor(&plan).await.unwrap();
        stage.done("old").await;
        assert!(monitor.turn().await.unwrap().is_some());
        assert_eq!(monitor.progress().done, 1);
    }
}

#[tokio::test]
async fn an_objective_is_planned_and_published() {
    let stage = Stage::memory();
    let objective = Objective::new(&RandomIds, Timestamp::EPOCH, "a guide")
        .with_phases(["read", "write"])
        .with_success_criteria(["it is read"]);
    let planner = PhasePlanner::new("work".try_into().unwrap());
    let plan = stage.supervisor().pursue(&objective, &planner).await.unwrap();
    assert_eq!((plan.created(), plan.phases.clone()), (2, objective.phases.clone()));
    let again = stage.supervisor().pursue(&objective, &planner).await.unwrap();
    assert_eq!((again.created(), again.tasks), (0, plan.tasks));
}

struct Clueless;

#[async_trait]
impl Planner for Clueless {
    async fn plan(&self, _: &Objective) -> Result<TaskGraph, PlannerError> {
        Err(PlannerError::new("no idea").with_source(std::fmt::Error))
    }
}

#[tokio::test]
async fn a_planner_without_a_plan_is_told_with_its_reason() {
    let objective = Objective::new(&RandomIds, Timestamp::EPOCH, "a guide");
    let error = Stage::memory().supervisor().pursue(&objective, &Clueless).await.unwrap_err();
    let SupervisorError::Plan(reason) = error else { panic!("{error}") };
    assert_eq!(reason.to_string(), "no idea");
    assert!(std::error::Error::source(&reason).is_some());
}
