//! Insights and check-ins.

use popkit_coordinator::AgentHandle;
use popkit_coordinator::agent::handle::Order;
use popkit_coordinator::machine::{Content, Doc};
use popkit_protocol::{Insight, InsightKind};

use super::boss::Told;
use super::{Stage, id, next_of, now};
use crate::worker::secs;

fn contents(insights: &[Insight]) -> Vec<&str> {
    insights.iter().map(|insight| insight.content.as_str()).collect()
}

/// How many insights the coordinator has.
fn pooled(told: &Told) -> usize {
    match told.machine.document(&Doc::Insights) {
        Some(Content::List(all)) => all.len(),
        _ => 0,
    }
}

#[tokio::test(start_paused = true)]
async fn an_insight_reaches_who_works_on_its_tag_once() {
    let stage = Stage::new();
    let (_boss, agents) = stage.begun(&["one", "two"]).await;
    let found = "the parser has two front ends";
    let id = agents[0].share(InsightKind::Discovery, found, ["parser"]).await.unwrap();
    let insight = next_of(&agents[1], |order| match order {
        Order::Insight(insight) => Some(insight),
        _ => None,
    })
    .await;
    assert_eq!((insight.id, insight.content.as_str()), (id, found));
    assert_eq!(agents[1].pull(["parser"], secs(5)).await.unwrap(), []);
    assert!(!now(&agents[0]).await.iter().any(|order| matches!(order, Order::Insight(_))));
}

#[tokio::test(start_paused = true)]
async fn a_pull_brings_what_is_new_by_its_tags() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one", "two"]).await;
    for (found, tag) in [("a", "lexer"), ("b", "lexer"), ("c", "docs")] {
        agents[0].share(InsightKind::Discovery, found, [tag]).await.unwrap();
    }
    boss.until("the insights", |told| pooled(told) == 3).await;
    let pulled = agents[1].pull(["lexer"], secs(30)).await.unwrap();
    assert_eq!(contents(&pulled), ["b", "a"], "the newest first");
    assert_eq!(agents[1].pull(["lexer"], secs(5)).await.unwrap(), []);
    let pulled = agents[1].pull(["docs"], secs(30)).await.unwrap();
    assert_eq!(contents(&pulled), ["c"]);
}

/// The insights that are there.
async fn heard(agent: &AgentHandle) -> Vec<String> {
    let orders = now(agent).await.into_iter().filter_map(|order| match order {
        Order::Insight(insight) => Some(insight.content),
        _ => None,
    });
    orders.collect()
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_session_has_found_is_not_heard_in_the_next() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one", "two"]).await;
    agents[0].share(InsightKind::Discovery, "of the first session", ["parser"]).await.unwrap();
    boss.until("the insight", |told| pooled(told) == 1).await;
    tokio::time::sleep(secs(1)).await;
    // It ends in no orderly way, and one of the agents has read nothing.
    drop((boss, agents));
    let (_boss, agents) = stage.begun(&["one", "two"]).await;
    agents[0].share(InsightKind::Discovery, "of the second", ["parser"]).await.unwrap();
    tokio::time::sleep(secs(1)).await;
    assert_eq!(heard(&agents[1]).await, ["of the second"]);
}

#[tokio::test(start_paused = true)]
async fn another_start_of_an_agent_hears_what_the_earlier_one_was_told() {
    let stage = Stage::new();
    let (boss, mut agents) = stage.begun(&["one", "two"]).await;
    for found in ["a", "b"] {
        agents[0].share(InsightKind::Discovery, found, ["parser"]).await.unwrap();
    }
    boss.until("the insights", |told| pooled(told) == 2).await;
    let two = agents.pop().unwrap();
    tokio::time::sleep(secs(1)).await;
    let first = next_of(&two, |order| match order {
        Order::Insight(insight) => Some(insight.content),
        _ => None,
    });
    assert_eq!(first.await, "a");
    two.ack().await.unwrap();
    tokio::time::sleep(secs(1)).await;
    drop(two);
    let two = stage.join_for("two", "parser").await;
    tokio::time::sleep(secs(1)).await;
    assert_eq!(heard(&two).await, ["a", "b"], "each of them once");
}

#[tokio::test(start_paused = true)]
async fn every_fifth_tool_call_checks_in() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one", "two"]).await;
    let mut came = Vec::new();
    for call in 1..=10 {
        if call == 3 {
            agents[0].share(InsightKind::Warning, "mind the gap", ["parser"]).await.unwrap();
            boss.until("the insight", |told| pooled(told) == 1).await;
        }
        if let Some(check_in) = agents[1].tool_call("Edit").await.unwrap() {
            came.push((call, check_in));
        }
    }
    let calls: Vec<_> = came.iter().map(|(call, _)| *call).collect();
    assert_eq!(calls, [5, 10]);
    let insights: Vec<_> = came.iter().flat_map(|(_, check_in)| &check_in.insights).collect();
    assert_eq!(insights.len(), 1, "{came:?}");
    let state = agents[1].state();
    assert_eq!(
        (state.tool_call_count, state.tools_used.as_slice()),
        (10, &["Edit".to_owned()][..])
    );
    let counted = |told: &Told| match told.machine.document(&Doc::Agent(id("two"))) {
        Some(Content::Map(state)) => {
            state.get("tool_call_count").is_some_and(|count| count.as_str() == "10")
        }
        _ => false,
    };
    boss.until("the count", counted).await;
}

#[tokio::test(start_paused = true)]
async fn a_check_in_also_brings_orders() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    agents[0].open_barrier("merge", None, "rebase", None).await.unwrap();
    boss.until("the barrier", |told| format!("{:?}", told.events).contains("merge-")).await;
    let orders = agents[0].check_in().await.unwrap().orders;
    let barriers = orders.iter().filter(|order| matches!(order, Order::Barrier(_)));
    assert_eq!(barriers.count(), 1, "{orders:?}");
    assert_eq!(agents[0].check_in().await.unwrap().orders, []);
}
