//! What is refused, and what is not believed.

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{End, StartError};
use popkit_coordinator::runtime::RuntimeError;
use popkit_protocol::{Namespace, Topic};
use popkit_transport::TransportExt as _;

use super::{Agent, Stage, start};

#[tokio::test]
async fn a_second_session_under_the_same_names_is_refused_while_one_runs() {
    let stage = Stage::memory();
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["work"], 1)).await.unwrap();
    let error = coordinator.begin(start(&["work"], 1)).await.unwrap_err();
    assert!(matches!(error, RuntimeError::Running { .. }), "{error}");
    assert!(error.to_string().contains("tidy the parser; go on with it"), "{error}");
    let shutdown = Shutdown::new();
    let one = async { Agent::join(&stage, "one").await.live(1).await };
    let (ended, _) = tokio::join!(coordinator.run(&shutdown), one);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
    coordinator.begin(start(&["again"], 1)).await.expect("the first one is over");
}

#[tokio::test]
async fn a_session_that_cannot_work_leaves_nothing_behind() {
    let stage = Stage::memory();
    let coordinator = stage.coordinator(Stage::options());
    let error = coordinator.begin(start(&["a", "a"], 1)).await.unwrap_err();
    assert!(matches!(error, RuntimeError::Start(StartError::PhaseTwice(_))), "{error}");
    assert_eq!(coordinator.unfinished().await.unwrap(), None);
    let error = coordinator.run(&Shutdown::new()).await.unwrap_err();
    assert!(matches!(error, RuntimeError::Nothing), "{error}");
}

#[tokio::test]
async fn p7_the_bare_command_stops_the_session() {
    let stage = Stage::memory();
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["work"], 1)).await.unwrap();
    let stop = async {
        stage.until_document("coordinator:status", "gathering").await;
        let channel = Namespace::unnamed().channel(&Topic::Coordinator);
        stage.transport.publish(&channel, popkit_protocol::codec::STOP).await.unwrap();
    };
    let shutdown = Shutdown::new();
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), stop);
    assert_eq!(ended.unwrap().unwrap().end, End::Stopped { by: None });
}

#[tokio::test]
async fn what_is_no_message_is_put_aside_with_the_reason() {
    let stage = Stage::memory();
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["work"], 1)).await.unwrap();
    let shutdown = Shutdown::new();
    let noise = async {
        stage.until_document("coordinator:status", "gathering").await;
        for (topic, bytes) in [
            (Topic::Results, &b"{\"no\": \"message\"}"[..]),
            (Topic::Insights, &b"\xff\xfe"[..]),
            (Topic::Coordinator, &b"{\"command\": \"dance\"}"[..]),
        ] {
            let channel = Namespace::unnamed().channel(&topic);
            stage.transport.publish(&channel, bytes).await.unwrap();
        }
        for says in ["pop:results", "pop:insights", "pop:coordinator"] {
            let dead = stage.until_document("dead", says).await;
            assert!(dead.contains("\"reason\":"), "{dead}");
        }
        Agent::join(&stage, "one").await.live(1).await
    };
    let (ended, _) = tokio::join!(coordinator.run(&shutdown), noise);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
}
