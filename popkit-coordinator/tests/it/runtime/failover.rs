//! Coordinators that die, and those that take over.

use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{End, Event};
use tempfile::tempdir;

use super::{Agent, DEADLINE, Stage, start};

/// How often a session led.
fn terms(stage: &Stage) -> usize {
    stage.journal().iter().filter(|event| matches!(event, Event::Led { .. })).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stands_by_takes_over_from_a_leader_that_died() {
    let folder = tempdir().unwrap();
    let stage = Stage::files(folder.path()).await;
    let mut other = Stage::files(folder.path()).await;
    other.events = std::sync::Arc::clone(&stage.events);
    let first = stage.coordinator(Stage::options());
    let second = other.coordinator(Stage::options());
    first.begin(start(&["explore", "design"], 2)).await.unwrap();
    let shutdown = Shutdown::new();
    let mut leader = Box::pin(first.run(&shutdown));
    let team = async {
        let (mut one, mut two) =
            tokio::join!(Agent::join(&stage, "one"), Agent::join(&stage, "two"));
        tokio::join!(one.stand(), two.stand());
        tokio::join!(one.phase(0), two.phase(0));
        one.done(0, "one").await;
        (one, two)
    };
    let (mut one, mut two) = tokio::select! {
        team = team => team,
        _ = &mut leader => panic!("the session ended"),
    };
    // As a process that is killed: in the middle of whatever it did.
    drop(leader);
    two.done(0, "two").await;
    let rest = async {
        tokio::join!(one.stand(), two.stand());
        tokio::join!(one.phase(1), two.phase(1));
        tokio::join!(one.done(1, "one"), two.done(1, "two"));
        tokio::join!(one.complete(), two.complete());
    };
    let (ended, ()) = tokio::join!(second.run(&shutdown), rest);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
    assert_eq!(terms(&stage), 2);
    let released = |event: &&Event| matches!(event, Event::BarrierReleased { .. });
    assert_eq!(stage.journal().iter().filter(released).count(), 2, "each barrier once");
}

#[tokio::test]
async fn a_leader_that_is_asked_to_end_hands_over_at_once() {
    let stage = Stage::memory();
    let options = || Stage::options().with_lease(Duration::from_secs(600));
    let (first, second) = (stage.coordinator(options()), stage.coordinator(options()));
    first.begin(start(&["work"], 1)).await.unwrap();
    let shutdown = Shutdown::new();
    let hand_over = async {
        stage.until_document("leader", "test").await;
        shutdown.drain();
    };
    let (ended, ()) = tokio::join!(first.run(&shutdown), hand_over);
    assert_eq!(ended.unwrap(), None, "the session goes on");
    assert_eq!(stage.document("leader").await, None);
    let shutdown = Shutdown::new();
    let one = async { Agent::join(&stage, "one").await.live(1).await };
    let both = async { tokio::join!(second.run(&shutdown), one) };
    let (ended, _) = tokio::time::timeout(DEADLINE, both).await.expect("within the lease");
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
}

#[tokio::test]
async fn a_leader_that_slept_through_its_lease_changes_nothing_any_more() {
    let stage = Stage::memory();
    let options = || Stage::options().with_lease(Duration::from_secs(1));
    let (first, second) = (stage.coordinator(options()), stage.coordinator(options()));
    first.begin(start(&["explore", "design"], 1)).await.unwrap();
    let shutdown = Shutdown::new();
    let mut one = Agent::join(&stage, "one").await;
    {
        let mut leader = Box::pin(first.run(&shutdown));
        tokio::select! {
            _ = one.stand() => {}
            _ = &mut leader => panic!("the session ended"),
        }
        tokio::select! {
            _ = one.phase(0) => {}
            _ = &mut leader => panic!("the session ended"),
        }
        // It is not polled while the other one leads, and then it is again.
        let mut later = Box::pin(second.run(&shutdown));
        let led = async {
            one.done(0, "one").await;
            one.stand().await;
            one.phase(1).await;
        };
        tokio::select! {
            () = led => {}
            _ = &mut later => panic!("the session ended"),
        }
        let rest = async {
            one.done(1, "one").await;
            one.complete().await;
        };
        let (late, ended, ()) = tokio::join!(leader, later, rest);
        assert_eq!(late.unwrap().unwrap().end, End::Completed, "it learns how it ended");
        assert_eq!(ended.unwrap().unwrap().end, End::Completed);
    }
    let journal = stage.journal();
    let began = |event: &&Event| matches!(event, Event::PhaseBegan { .. });
    assert_eq!(journal.iter().filter(began).count(), 2);
}
