//! Whole sessions.

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{End, Event};
use popkit_protocol::Json;
use tempfile::tempdir;

use super::{Agent, Stage, start};

/// Two agents through three phases.
async fn play(stage: &Stage, agents: &Stage) -> Json {
    let coordinator = stage.coordinator(Stage::options());
    let session = coordinator.begin(start(&["explore", "design", "review"], 2)).await.unwrap();
    let shutdown = Shutdown::new();
    let team = async {
        let (one, two) = tokio::join!(Agent::join(agents, "one"), Agent::join(agents, "two"));
        tokio::join!(one.live(3), two.live(3))
    };
    let (ended, _) = tokio::join!(coordinator.run(&shutdown), team);
    let ended = ended.unwrap().unwrap();
    assert_eq!((ended.end, ended.session), (End::Completed, session));
    ended.completed.expect("what is completed is kept")
}

fn check_journal(stage: &Stage) {
    let journal = stage.journal();
    let of = |wanted: fn(&Event) -> bool| journal.iter().filter(|event| wanted(event)).count();
    assert_eq!(of(|event| matches!(event, Event::BarrierReleased { .. })), 3);
    assert_eq!(of(|event| matches!(event, Event::PhaseBegan { .. })), 3);
    assert_eq!(of(|event| matches!(event, Event::PhaseEnded { .. })), 3);
    assert_eq!(of(|event| matches!(event, Event::Ended { end: End::Completed })), 1);
}

#[tokio::test]
async fn a_session_in_memory_completes() {
    let stage = Stage::memory();
    let completed = play(&stage, &stage).await;
    check_journal(&stage);
    for says in ["\"phases_completed\":[\"explore\",\"design\",\"review\"]", "one in 0", "two in 2"]
    {
        assert!(completed.as_str().contains(says), "{}", completed.as_str());
    }
    for gone in ["objective", "insights", "state:one", "leader"] {
        assert_eq!(stage.document(gone).await, None, "{gone} is cleared");
    }
    let status = stage.document("coordinator:status").await.unwrap();
    assert!(status.contains("\"completed\""), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_in_files_completes_with_agents_that_open_them_anew() {
    let folder = tempdir().unwrap();
    let (stage, agents) = (Stage::files(folder.path()).await, Stage::files(folder.path()).await);
    play(&stage, &agents).await;
    check_journal(&stage);
}

#[tokio::test]
async fn p3_p8_the_documents_say_how_things_stand_meanwhile() {
    let stage = Stage::memory();
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore", "design"], 1)).await.unwrap();
    let shutdown = Shutdown::new();
    let look = async {
        let mut one = Agent::join(&stage, "one").await;
        one.stand().await;
        one.phase(0).await;
        one.find("the parser has no tests", &["parser"]).await;
        let status = stage.until_document("coordinator:status", "\"phase\":\"explore\"").await;
        assert!(status.contains("\"one\":\"live\""), "{status}");
        let state = stage.until_document("state:one", "tool_call_count").await;
        assert!(state.contains("agent={\"id\":\"one\""), "{state}");
        let objective = stage.document("objective").await.unwrap();
        assert!(objective.contains("\"current_phase\":0"), "{objective}");
        let insights = stage.until_document("insights", "the parser has no tests").await;
        assert!(!insights.contains("consumed_by"), "{insights}");
        one.done(0, "reading").await;
        let patterns = stage.until_document("patterns", "reading").await;
        assert!(patterns.contains("\"context\":\"a test\""), "{patterns}");
        one.stand().await;
        assert!(one.phase(1).await[0].contains("reading"), "results are handed on");
        one.done(1, "thinking").await;
        one.complete().await;
    };
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), look);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
}
