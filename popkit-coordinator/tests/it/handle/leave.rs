//! Leaving, and being lost.

use popkit_coordinator::AgentError;
use popkit_coordinator::agent::handle::Report;
use popkit_coordinator::machine::{Content, Doc, Event};
use popkit_protocol::{Codec, InsightKind, Limits};

use super::{Stage, called, id};
use crate::worker::secs;

#[tokio::test(start_paused = true)]
async fn who_leaves_is_not_waited_for_and_does_not_come_back() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one", "two"]).await;
    agents[1].check_in().await.unwrap();
    agents[1].leave().await.unwrap();
    agents[1].leave().await.unwrap();
    boss.saw(&Event::AgentLeft { agent: id("two") }).await;
    agents[0].report(0, Report::done()).await.unwrap();
    boss.ended().await;
    tokio::time::sleep(secs(120)).await;
    assert_eq!(boss.count(|event| matches!(event, Event::AgentBack { .. })), 0);
    assert_eq!(boss.count(|event| matches!(event, Event::AgentLost { .. })), 0);
    let share = agents[1].share(InsightKind::Discovery, "x", ["y"]).await;
    assert!(matches!(share, Err(AgentError::Left { .. })), "{share:?}");
}

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_an_agent_and_end_with_its_last_handle() {
    let stage = Stage::new();
    let (boss, mut agents) = stage.begun(&["one", "two"]).await;
    tokio::time::sleep(secs(100)).await;
    assert_eq!(boss.count(|event| matches!(event, Event::AgentSuspect { .. })), 0);
    let agent = agents.pop().unwrap();
    let clone = agent.clone();
    drop(agent);
    tokio::time::sleep(secs(100)).await;
    assert_eq!(boss.count(|event| matches!(event, Event::AgentSuspect { .. })), 0);
    drop(clone);
    boss.saw(&Event::AgentLost { agent: id("two") }).await;
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_that_is_too_large_leaves_its_lists_out() {
    let stage = Stage::new();
    let boss = stage.lead(&["work"], |_| {});
    let small = Codec::new(Limits::default().with_bytes(4096));
    let agent = stage.join_as(stage.options("one").with_codec(small)).await.unwrap();
    for n in 0..200 {
        agent.touched(&format!("src/{n}/{}", "x".repeat(200)));
    }
    agent.works_on("much");
    tokio::time::sleep(secs(100)).await;
    assert_eq!(boss.count(|event| matches!(event, Event::AgentSuspect { .. })), 0);
    let told = boss.told();
    let Some(Content::Map(state)) = told.machine.document(&Doc::Agent(id("one"))) else {
        panic!("it has a state")
    };
    assert_eq!(state["current_task"].as_str(), "\"much\"");
}

#[tokio::test(start_paused = true)]
async fn the_period_that_is_advertised_counts() {
    let stage = Stage::new();
    let boss = stage.lead(&["work"], |_| {});
    let options = stage.options("slow").with_period(secs(60));
    let agent = stage.join_as(options).await.unwrap();
    assert_eq!(agent.period(), secs(60));
    called(&agent).await;
    tokio::time::sleep(secs(400)).await;
    assert_eq!(boss.count(|event| matches!(event, Event::AgentSuspect { .. })), 0);
}
