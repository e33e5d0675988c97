//! The report for people.

use std::time::Duration;

use popkit_coordinator::agent::interface::AnswerData;
use popkit_protocol::{HolderId, Outcome, Progress};
use popkit_store::layer::{Fault, Operation};
use popkit_store::{Action, Beat, Heartbeat, MemoryStore, TaskStoreExt as _};
use std::sync::Arc;

use super::{ask, desk};
use crate::supervisor::{Stage, id, task};

#[tokio::test]
async fn the_status_of_an_empty_store_is_one_line() {
    for stage in Stage::both().await {
        assert_eq!(ask(&desk(&stage), "status").await.text, "tasks: 0 in all, 100% ended");
    }
}

#[tokio::test]
async fn s1_the_status_tells_what_runs_what_failed_and_whose_turn_it_is() {
    for stage in Stage::both().await {
        let tasks = vec![
            task("build", &[]),
            task("test", &["build"]),
            task("lint", &[]),
            task("text", &[]).with_review(),
            task("idle", &[]),
        ];
        stage.store.insert_many(tasks).await.unwrap();
        stage.fatal("lint").await;
        stage.done("text").await;
        let lease = stage.claim("build").await;
        let beat = Beat::new(lease.token.clone()).with_progress(Progress::new(0.42, "linking"));
        let beat = Heartbeat::new(HolderId::from_bits(1), Duration::from_secs(60)).with(beat);
        stage.store.heartbeat(beat).await.unwrap();
        stage.change("idle", Action::Pause { reason: None }).await;
        let answer = ask(&desk(&stage), "status").await;
        let report: Vec<&str> = answer.text.lines().take(10).collect();
        assert_eq!(
            report,
            [
                "tasks: 5 in all, 20% ended",
                "  1 blocked, 1 active, 1 paused, 1 review, 1 failed",
                "running:",
                "  build  worker-1  active 42%  linking",
                "waiting for a person:",
                "  idle  -  paused  the title of idle",
                "  text  -  review  the title of text",
                "failed:",
                "  lint  1 of 1 attempts  error: it cannot work",
                "lately:",
            ]
        );
        assert_eq!(answer.text.lines().count(), 15, "{answer}");
        let AnswerData::Status(status) = &answer.data else { panic!() };
        assert_eq!((status.summary.open, status.summary.percent_ended()), (4, 20));
        assert_eq!(status.agents[0].tasks, [id("build")]);
        let json = serde_json::to_value(&answer).unwrap();
        assert_eq!(json["data"]["status"]["running"][0]["id"], "build");
        assert_eq!(json["data"]["status"]["summary"]["blocked"], 1);
    }
}

#[tokio::test]
async fn s10_an_agent_that_is_done_holds_nothing_any_more() {
    for stage in Stage::both().await {
        stage.store.insert(task("a", &[])).await.unwrap();
        let desk = desk(&stage);
        let lease = stage.claim("a").await;
        assert_eq!(desk.status().await.unwrap().agents.len(), 1);
        stage.finish(&lease, Outcome::Done { result: None }).await;
        let status = desk.status().await.unwrap();
        assert_eq!((status.agents.len(), status.running.len()), (0, 0), "nothing is cached");
        assert_eq!(status.summary.done, 1);
    }
}

#[tokio::test]
async fn s10_a_status_costs_the_same_however_many_tasks_there_are() {
    let mut costs = Vec::new();
    for count in [10, 3000] {
        let store = Fault::new(MemoryStore::new());
        for batch in 0..count / 10 {
            let kind = || "work".try_into().unwrap();
            let new = |n| popkit_protocol::NewTask::new(id(&format!("t-{batch}-{n}")), kind());
            store.inner().insert_many((0..10).map(new).collect()).await.unwrap();
        }
        let stage = Stage::over(Arc::new(store.clone()), Arc::default());
        let desk = desk(&stage);
        desk.status().await.unwrap();
        let before = store.injected().calls;
        desk.status().await.unwrap();
        let looks = store.injected_into(Operation::History).calls;
        assert!(looks < 60, "{looks} looks at the history to find its end");
        costs.push(store.injected().calls - before);
    }
    assert_eq!(costs[0], costs[1], "calls of a status");
}

#[tokio::test]
async fn a_long_part_says_how_much_more_there_is() {
    for stage in Stage::both().await {
        for n in 0..12 {
            stage.store.insert(task(&format!("t-{n}"), &[])).await.unwrap();
            stage.fatal(&format!("t-{n}")).await;
        }
        let text = ask(&desk(&stage), "status").await.text;
        assert!(text.contains("\n  and 2 more\n"), "{text}");
        let summary = ask(&desk(&stage), "summary").await.text;
        assert!(summary.ends_with("failed     12\ncancelled  0\ntotal      12"), "{summary}");
    }
}

#[tokio::test]
async fn a_task_whose_holder_needs_a_decision_waits_for_a_person() {
    for stage in Stage::both().await {
        stage.store.insert(task("a", &[])).await.unwrap();
        let lease = stage.claim("a").await;
        stage.finish(&lease, Outcome::Pause { reason: Some("push?".to_owned()) }).await;
        let desk = desk(&stage);
        let status = desk.status().await.unwrap();
        assert_eq!((status.running.len(), status.waiting.len()), (0, 1));
        assert_eq!(status.agents[0].agent.as_str(), "worker-1", "who holds it all the same");
        assert!(status.to_string().contains("  a  worker-1  paused  the title of a"), "{status}");
        assert_eq!(ask(&desk, "resume a").await.text, "task a is active now");
        assert_eq!(desk.status().await.unwrap().waiting.len(), 0);
    }
}
