//! What was recorded gives the same machine again.

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{End, Machine};
use popkit_coordinator::runtime::read_record;
use tempfile::tempdir;

use super::{Agent, Stage, start};

#[tokio::test]
async fn a_record_replays_to_the_state_that_was_kept() {
    let (stage, folder) = (Stage::memory(), tempdir().unwrap());
    let file = folder.path().join("record.jsonl");
    let coordinator = || stage.coordinator(Stage::options().with_record(&file));
    let first = coordinator();
    first.begin(start(&["explore", "design"], 1)).await.unwrap();
    let mut one = Agent::join(&stage, "one").await;
    let shutdown = Shutdown::new();
    {
        let mut leader = Box::pin(first.run(&shutdown));
        let begin = async {
            one.stand().await;
            one.phase(0).await;
            one.find("a thing", &["x"]).await;
        };
        tokio::select! {
            () = begin => {}
            _ = &mut leader => panic!("the session ended"),
        }
        // It dies, perhaps between two steps.
    }
    let rest = async {
        one.done(0, "one").await;
        one.stand().await;
        one.phase(1).await;
        one.done(1, "one").await;
        one.complete().await;
    };
    let second = coordinator();
    let (ended, ()) = tokio::join!(second.run(&shutdown), rest);
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);

    let (begun, entries) = read_record(&file).unwrap();
    let replayed = Machine::replay(begun, entries).unwrap();
    let kept = stage.document("session:snapshot").await.unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let replayed: serde_json::Value =
        serde_json::from_str(replayed.snapshot().unwrap().as_str()).unwrap();
    assert_eq!(kept["kept"]["machine"], replayed);
}
