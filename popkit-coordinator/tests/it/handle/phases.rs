//! From the first barrier to the end.

use popkit_coordinator::agent::handle::{AgentHandle, Ended, Order, Report};
use popkit_coordinator::machine::{End, Event, Input};
use popkit_protocol::Party;

use super::{Stage, called, next, next_of, phase};
use crate::worker::secs;

/// An agent that does what it is told; says which phases it did.
async fn obey(agent: &AgentHandle) -> (Vec<String>, Ended) {
    let mut done = Vec::new();
    loop {
        match next(agent).await {
            Order::Barrier(barrier) => agent.arrive(&barrier).await.unwrap(),
            Order::Phase(start) => {
                agent.progress(0.5);
                agent.beat().await.unwrap();
                done.push(start.phase.clone());
                let report = Report::done().with("phase", &start.phase).unwrap();
                agent.report(start.phase_index, report).await.unwrap();
            }
            Order::Ended(ended) => return (done, ended),
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn agents_go_through_all_phases_to_the_end() {
    let stage = Stage::new();
    let phases = ["explore", "design", "build"];
    let boss = stage.lead(&phases, |start| start.settings.agents.wanted = 2);
    let (one, two) = (stage.join("one").await, stage.join("two").await);
    let (first, second) = tokio::join!(obey(&one), obey(&two));
    assert_eq!(
        (first.0.as_slice(), second.0.as_slice()),
        (&phases.map(str::to_owned)[..], &phases.map(str::to_owned)[..])
    );
    assert!(first.1.is_complete() && second.1.is_complete());
    assert_eq!(boss.ended().await, End::Completed);
    assert_eq!(boss.count(|event| matches!(event, Event::PartDone { .. })), 6);
    assert_eq!(boss.count(|event| matches!(event, Event::BarrierShrunk { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn the_next_phase_brings_what_came_out_of_the_one_before() {
    let stage = Stage::new();
    let _boss = stage.lead(&["explore", "design"], |_| {});
    let agent = stage.join("one").await;
    agent.arrive(&called(&agent).await).await.unwrap();
    assert_eq!(phase(&agent).await.previous_results.len(), 0);
    let report = Report::done().with_approach("read", "parser").with_confidence(0.8);
    agent.report(0, report).await.unwrap();
    agent.arrive(&called(&agent).await).await.unwrap();
    let start = phase(&agent).await;
    assert_eq!((start.phase.as_str(), start.phase_index), ("design", 1));
    let [result] = start.previous_results.as_slice() else { panic!("{start:?}") };
    assert!(result.as_str().contains("\"approach\":\"read\""), "{result}");
}

#[tokio::test(start_paused = true)]
async fn heartbeats_say_what_an_agent_works_on() {
    let stage = Stage::new();
    let (_boss, agents) = stage.begun(&["one"]).await;
    let agent = &agents[0];
    assert_eq!(agent.state().current_task.as_deref(), Some("work"));
    agent.progress(7.0);
    agent.touched("src/lib.rs");
    agent.blocked("no access");
    agent.decided("split it", "it is long", 0.9);
    let state = agent.state();
    assert!((state.progress - 1.0).abs() < f64::EPSILON);
    assert_eq!((state.files_touched.len(), state.blockers.len(), state.decisions.len()), (1, 1, 1));
    agent.report(0, Report::done()).await.unwrap();
    assert_eq!(agent.state().current_task, None);
}

#[tokio::test(start_paused = true)]
async fn a_phase_that_is_told_again_is_told_once() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    // It shows no sign of having begun, so the coordinator says it again and again.
    agents[0].rests();
    let orders = agents[0].next(secs(100)).await.unwrap();
    assert_eq!(orders, None);
    assert_eq!(boss.told().machine.end(), None);
}

#[tokio::test(start_paused = true)]
async fn after_the_end_there_is_nothing_but_the_end() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    boss.give(Input::Stop { by: Some(Party::Human) });
    for _ in 0..3 {
        let Order::Ended(ended) = next(&agents[0]).await else { panic!("it is over") };
        assert!(!ended.is_complete());
        assert_eq!(ended.how(), "the session was stopped by human");
    }
    assert_eq!(agents[0].ended().unwrap().summary, None);
    let check_in = agents[0].check_in().await.unwrap();
    assert!(matches!(check_in.orders.as_slice(), [Order::Ended(_)]));
}

#[tokio::test(start_paused = true)]
async fn an_agent_for_whom_there_is_no_place_is_told_to_stop() {
    let stage = Stage::new();
    let _boss = stage.lead(&["work"], |start| start.settings.agents.most = 1);
    let first = stage.join("one").await;
    called(&first).await;
    let second = stage.join("two").await;
    let ruling = next_of(&second, |order| match order {
        Order::Abort(ruling) => Some(ruling),
        _ => None,
    })
    .await;
    assert!(!ruling.approved);
    assert!(ruling.notes.unwrap().contains("its limit"));
}
