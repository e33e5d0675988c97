//! Sessions whose phases have tasks.

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{End, Event, PhaseEnd};
use popkit_coordinator::runtime::Follow;
use popkit_protocol::{AgentId, Kinds, NewTask, Outcome, Profile, RandomIds, TaskId, TaskKind};
use popkit_store::{Claimant, TaskStoreExt as _};

use super::{Agent, Stage, start};

fn task(id: &str, phase: &str) -> NewTask {
    let new = NewTask::new(TaskId::new(id).unwrap(), TaskKind::new("work").unwrap());
    new.with_tags([format!("phase:{phase}")])
}

/// Claims the next task and ends it well.
async fn work(stage: &Stage, agent: &str) -> TaskId {
    let profile = Profile::new(AgentId::new(agent).unwrap(), Kinds::Any, []);
    let claimant = Claimant::new(&RandomIds, profile);
    let lease = stage.tasks.claim(&claimant).await.unwrap().expect("there is a task");
    let id = lease.task.id().clone();
    stage.tasks.finish(&claimant, &lease, Outcome::done(&1).unwrap()).await.unwrap();
    id
}

#[tokio::test]
async fn a_phase_ends_with_the_last_of_its_tasks() {
    let stage = Stage::memory();
    // Of an earlier session: nobody waits for it.
    stage.tasks.insert(task("old", "explore")).await.unwrap();
    work(&stage, "somebody").await;
    for (id, phase) in [("a", "explore"), ("b", "explore"), ("c", "design")] {
        stage.tasks.insert(task(id, phase)).await.unwrap();
    }
    let coordinator = stage.with_tasks(Follow::Open);
    coordinator.begin(start(&["explore", "design"], 1)).await.unwrap();
    let shutdown = Shutdown::new();
    let team = async {
        let mut one = Agent::join(&stage, "one").await;
        one.stand().await;
        one.phase(0).await;
        stage.until_document("coordinator:status", "\"tasks\":3").await;
        assert_eq!(work(&stage, "one").await.as_str(), "a");
        assert_eq!(work(&stage, "one").await.as_str(), "b");
        one.stand().await;
        one.phase(1).await;
        assert_eq!(work(&stage, "one").await.as_str(), "c");
        one.complete().await;
    };
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), team);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
    let ends: Vec<Event> =
        stage.journal().into_iter().filter(|e| matches!(e, Event::PhaseEnded { .. })).collect();
    let done = |phase| Event::PhaseEnded { phase, how: PhaseEnd::Done };
    assert_eq!(ends, [done(0), done(1)]);
}

#[tokio::test]
async fn tasks_of_a_plan_count_when_they_were_done_before() {
    let stage = Stage::memory();
    for (id, phase) in [("a", "explore"), ("b", "design")] {
        let new = task(id, phase);
        let tags = new.tags.clone().into_iter().chain(["plan:p".to_owned()]);
        stage.tasks.insert(new.with_tags(tags)).await.unwrap();
    }
    stage.tasks.insert(task("other", "explore")).await.unwrap();
    work(&stage, "somebody").await;
    let coordinator = stage.with_tasks(Follow::Tagged("plan:p".to_owned()));
    coordinator.begin(start(&["explore", "design"], 1)).await.unwrap();
    let shutdown = Shutdown::new();
    let team = async {
        let mut one = Agent::join(&stage, "one").await;
        one.stand().await;
        one.phase(0).await;
        one.stand().await;
        one.phase(1).await;
        assert_eq!(work(&stage, "one").await.as_str(), "b");
        one.complete().await;
    };
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), team);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
}
