//! Lists, one task, and what happened.

use popkit_coordinator::agent::interface::AnswerData;
use popkit_protocol::Json;
use popkit_store::{Action, TaskStoreExt as _};

use super::{ask, desk, listed};
use crate::supervisor::{Stage, task};

#[tokio::test]
async fn tasks_are_listed_by_where_they_stand() {
    for stage in Stage::both().await {
        let tasks = vec![
            task("ended", &[]),
            task("failed", &[]),
            task("held", &[]),
            task("ready", &[]),
            task("blocked", &["ready"]),
            task("parked", &[]).in_backlog(),
            task("aside", &[]),
        ];
        stage.store.insert_many(tasks).await.unwrap();
        stage.done("ended").await;
        stage.fatal("failed").await;
        stage.claim("held").await;
        stage.change("aside", Action::Pause { reason: None }).await;
        let desk = desk(&stage);
        for (filter, ids) in [
            ("", &["held", "ready", "blocked", "parked", "aside"][..]),
            ("ended", &["ended", "failed"]),
            ("running", &["held"]),
            ("ready", &["ready"]),
            ("blocked", &["blocked"]),
            ("due", &[]),
            ("pending", &["ready", "blocked"]),
            ("backlog", &["parked"]),
            ("paused", &["aside"]),
            ("done", &["ended"]),
        ] {
            assert_eq!(listed(&desk, &format!("tasks {filter}")).await, ids, "{filter}");
        }
        assert_eq!(listed(&desk, "tasks all").await.len(), 7);
        assert_eq!(ask(&desk, "tasks due").await.text, "no tasks (due)");
    }
}

#[tokio::test]
async fn a_long_list_says_where_it_goes_on() {
    for stage in Stage::both().await {
        let mut tasks = Vec::new();
        for n in 0..7 {
            tasks.push(task(&format!("r-{n}"), &[]));
            tasks.push(task(&format!("b-{n}"), &[&format!("r-{n}")]));
        }
        stage.store.insert_many(tasks).await.unwrap();
        let desk = desk(&stage);
        for (filter, wanted) in [("blocked", "b-"), ("ready", "r-"), ("all", "")] {
            let (mut line, mut ids) = (format!("tasks {filter} --limit 3"), Vec::new());
            loop {
                let answer = ask(&desk, &line).await;
                let AnswerData::Tasks(list) = answer.data else { panic!() };
                assert!((1..=3).contains(&list.tasks.len()), "{line}");
                ids.extend(list.tasks.iter().map(|task| task.id.to_string()));
                // The text says it as a command that can be given.
                let more = answer.text.lines().last().unwrap().strip_prefix("more: `");
                assert_eq!(more.is_some(), list.next.is_some());
                let Some(more) = more else { break };
                line = more.trim_end_matches('`').to_owned();
            }
            let count = if wanted.is_empty() { 14 } else { 7 };
            assert_eq!((ids.len(), ids.iter().all(|id| id.contains(wanted))), (count, true));
            ids.dedup();
            assert_eq!(ids.len(), count, "none twice");
        }
    }
}

#[tokio::test]
async fn one_task_is_shown_whole_and_safely() {
    for stage in Stage::both().await {
        let evil = "\u{1b}]0;owned\u{7}Fix\u{202e} it\nid: another";
        let made = task("a", &[]).with_title(evil).with_payload(Json::encode(&[1, 2]).unwrap());
        stage.store.insert(made).await.unwrap();
        stage.fatal("a").await;
        let desk = desk(&stage);
        let answer = ask(&desk, "show a").await;
        let lines: Vec<&str> = answer.text.lines().collect();
        assert_eq!(
            lines[..3],
            ["id:          a", "title:       Fix it id: another", "stands:      failed"]
        );
        assert!(answer.text.contains("payload:     [1,2]"), "{answer}");
        assert!(lines.last().unwrap().ends_with("attempt 1: error: it cannot work"), "{answer}");
        assert!(!answer.text.contains(|c: char| c.is_control() && c != '\n'));
        let AnswerData::Task(task) = answer.data else { panic!() };
        assert_eq!(task.spec.title, evil, "for programs it is as it was written");
        assert!(!ask(&desk, "tasks all").await.text.contains('\u{1b}'));
    }
}

#[tokio::test]
async fn what_happened_is_told_from_the_end_of_the_history() {
    for stage in Stage::both().await {
        let desk = desk(&stage);
        assert_eq!(ask(&desk, "activity").await.text, "nothing has happened yet");
        stage.store.insert_many(vec![task("a", &[]), task("b", &["a"])]).await.unwrap();
        stage.done("a").await;
        stage.fatal("b").await;
        let answer = ask(&desk, "activity 4").await;
        let lines: Vec<&str> = answer.text.lines().collect();
        assert_eq!(
            lines,
            [
                "2026-01-01T00:00:00Z  a  work done",
                "2026-01-01T00:00:00Z  b  free: a has ended",
                "2026-01-01T00:00:00Z  b  claimed by worker-1, attempt 1",
                "2026-01-01T00:00:00Z  b  failed for good: error: it cannot work",
            ]
        );
        let AnswerData::Activity(entries) = answer.data else { panic!() };
        assert_eq!(entries.last().unwrap().event, "failed");
        // What another handle does meanwhile is seen at once.
        stage.change("b", Action::Requeue).await;
        assert!(ask(&desk, "activity 1").await.text.ends_with("b  put back by anna"));
        let AnswerData::Activity(all) = ask(&desk, "activity 1000").await.data else { panic!() };
        assert_eq!(all.len(), 8);
    }
}

#[tokio::test]
async fn the_help_says_how_a_command_is_written() {
    let desk = desk(&Stage::memory());
    let all = ask(&desk, "help").await;
    assert!(all.text.contains("status") && all.text.contains("prioritise"));
    assert_eq!(
        ask(&desk, "help activity").await.text,
        "activity [N]\n  the last N events (default 20)"
    );
    assert_eq!(serde_json::to_value(&all.data).unwrap(), "help");
}
