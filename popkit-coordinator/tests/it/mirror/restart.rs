//! Going on after a crash.

use popkit_coordinator::BookmarkError;
use popkit_protocol::Timestamp;
use popkit_store::layer::{Injection, Operation};
use popkit_store::{PruneQuery, StateKey, StateStoreExt as _};

use super::flaky::Fate;
use super::*;

#[tokio::test]
async fn a_mirror_goes_on_where_the_last_one_was() {
    let stage = Stage::new();
    stage.insert("a").await;
    stage.mirror().await.catch_up().await.unwrap();
    stage.insert("b").await;
    stage.mirror().await.catch_up().await.unwrap();
    assert_eq!(stage.told().await.clean().events(), ["tasks:new a 1", "tasks:new b 1"]);
}

#[tokio::test]
async fn what_a_crash_makes_it_repeat_is_dropped_by_readers() {
    let stage = Stage::new();
    stage.insert_many(5).await;
    let mirror = stage.mirror().await;
    stage.store.script(Operation::Save, [Injection::Pass, Injection::Fail]);
    let error = mirror.catch_up().await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(stage.told().await.clean().messages.len(), 5, "told, but that is not kept");
    drop(mirror);

    stage.insert("later").await;
    stage.mirror().await.catch_up().await.unwrap();
    let told = stage.told().await;
    assert_eq!((told.duplicates, told.gaps), (5, 0));
    let expected: Vec<_> = log(&stage.store).await;
    assert_eq!(without_topic(&told.events()), expected);
}

#[tokio::test]
async fn a_batch_that_was_cut_short_is_completed_by_the_next_mirror() {
    for fate in [Fate::Refuse, Fate::Cut(2), Fate::Lose] {
        let stage = Stage::new();
        stage.insert_many(5).await;
        stage.transport.script([fate.clone()]);
        stage.mirror().await.catch_up().await.unwrap_err();
        stage.mirror().await.catch_up().await.unwrap();
        let told = stage.told().await;
        assert_eq!(told.gaps, 0, "{fate:?}");
        assert_eq!(without_topic(&told.events()), log(&stage.store).await, "{fate:?}");
    }
}

#[tokio::test]
async fn tasks_pruned_after_a_crash_do_not_shift_the_numbers_of_later_ones() {
    let stage = Stage::new();
    stage.insert_many(4).await;
    // All four are published, and the answer is lost.
    stage.transport.script([Fate::Lose]);
    stage.mirror().await.catch_up().await.unwrap_err();
    for id in ["t-0", "t-1", "t-2"] {
        stage.store.cancel(&TaskId::new(id).unwrap(), "op", None).await.unwrap();
    }
    stage.store.prune(PruneQuery::before(Timestamp::MAX)).await.unwrap();
    stage.insert("later").await;
    stage.mirror().await.catch_up().await.unwrap();
    let told = stage.told().await;
    let new: Vec<_> = told.of(&Topic::TasksNew).iter().map(|value| &value["task_id"]).collect();
    assert_eq!(new, ["t-0", "t-1", "t-2", "t-3", "later"]);
}

#[tokio::test]
async fn what_was_overtaken_is_told_again_under_a_new_number() {
    let stage = Stage::new();
    stage.insert_many(4).await;
    stage.transport.script([Fate::Holes(vec![1])]);
    let mirror = stage.mirror().await;
    mirror.catch_up().await.unwrap_err();
    mirror.catch_up().await.unwrap();
    let told = stage.told().await;
    let ids: Vec<_> = told.events();
    assert_eq!(
        ids,
        ["tasks:new t-0 1", "tasks:new t-2 1", "tasks:new t-3 1", "tasks:new t-1 1"],
        "nothing is lost"
    );
    assert_eq!(told.gaps, 1, "the number that was left out is told");
}

#[tokio::test]
async fn the_mirror_that_was_opened_last_has_the_place() {
    let stage = Stage::new();
    let old = stage.mirror().await;
    let new = stage.mirror().await;
    stage.insert("t").await;
    let error = old.catch_up().await.unwrap_err();
    assert!(matches!(error, MirrorError::Place(BookmarkError::Taken { .. })), "{error}");
    assert!(stage.told().await.messages.is_empty(), "it publishes nothing");
    new.catch_up().await.unwrap();
    assert_eq!(stage.told().await.clean().events(), ["tasks:new t 1"]);
}

#[tokio::test]
async fn a_place_that_cannot_be_read_is_refused() {
    let stage = Stage::new();
    let key = StateKey::new("pop:mirror:tasks").unwrap();
    stage.store.save_text(&key, "{}").await.unwrap();
    let error = stage.open(256).await.unwrap_err();
    assert!(matches!(error, MirrorError::Place(BookmarkError::Damaged { .. })), "{error}");
}
