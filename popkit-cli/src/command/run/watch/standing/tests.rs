use popkit_protocol::{Cursor, Kinds, NewTask, Outcome, RandomIds, TaskKind};
use popkit_store::{
    Action, ChangeRequest, Claimant, HistoryQuery, MemoryStore, TaskStore, TaskStoreExt as _,
};

use super::*;

fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

fn new(text: &str, kind: &str, needs: &[(&str, EdgePolicy)]) -> NewTask {
    let needs = needs.iter().map(|(parent, policy)| Need::new(id(parent), *policy));
    NewTask::new(id(text), TaskKind::new(kind).unwrap()).with_needs(needs)
}

fn profile() -> Profile {
    let kinds = [TaskKind::new("command").unwrap()];
    Profile::new("a".try_into().unwrap(), Kinds::Only(kinds.into()), [])
}

async fn board(store: &MemoryStore) -> Board {
    let mut board = Board::new(popkit_protocol::Timestamp::EPOCH, "plan:p");
    for event in &store.history(HistoryQuery::after(Cursor::START)).await.unwrap().items {
        board.take(event).unwrap();
    }
    board
}

async fn end(store: &MemoryStore, outcome: Outcome) {
    let claimant = Claimant::new(&RandomIds, profile());
    let lease = store.claim(&claimant).await.unwrap().expect("one is ready");
    store.finish(&claimant, &lease, outcome).await.unwrap();
}

#[tokio::test]
async fn what_no_agent_takes_and_what_waits_for_a_person_is_not_live() {
    let store = MemoryStore::new();
    let block = EdgePolicy::Block;
    let tasks = vec![
        new("odd", "other", &[]),
        new("held-up", "command", &[("odd", block)]),
        new("paused", "command", &[]),
        new("behind", "command", &[("paused", EdgePolicy::Ignore)]),
    ];
    store.insert_many(tasks).await.unwrap();
    let before = board(&store).await;
    assert!(is_live(&before, &[profile()]), "one is ready");
    let pause = ChangeRequest::new(id("paused"), Action::Pause { reason: None }, "me");
    store.change(pause).await.unwrap();
    let board = board(&store).await;
    assert!(!is_live(&board, &[profile()]));
    let known = standings(&board, &[profile()]);
    assert_eq!(known[&id("odd")], Standing::Unserved);
    assert_eq!(known[&id("held-up")], Standing::Blocked(id("odd")));
    assert_eq!(known[&id("paused")], Standing::Waits);
    assert_eq!(known[&id("behind")], Standing::Blocked(id("paused")));
}

#[tokio::test]
async fn what_had_nothing_to_mend_was_skipped_and_blocks_who_waits_for_it() {
    let store = MemoryStore::new();
    let tasks = vec![
        new("work", "command", &[]),
        new("mend", "command", &[("work", EdgePolicy::Run)]),
        new("after", "command", &[("mend", EdgePolicy::Cancel)]),
        new("stuck", "command", &[("mend", EdgePolicy::Block)]),
    ];
    store.insert_many(tasks).await.unwrap();
    end(&store, Outcome::Done { result: None }).await;
    let known = standings(&board(&store).await, &[profile()]);
    assert_eq!(known[&id("work")], Standing::Done);
    assert_eq!(known[&id("mend")], Standing::Skipped);
    assert_eq!(known[&id("after")], Standing::Skipped);
    assert_eq!(known[&id("stuck")], Standing::Blocked(id("mend")));
}

#[tokio::test]
async fn tasks_of_another_plan_are_not_seen() {
    let store = MemoryStore::new();
    let other = new("other", "command", &[]).with_tags(["plan:q"]);
    let own = new("own", "command", &[]).with_tags(["plan:p"]);
    store.insert_many(vec![other, own, new("by-hand", "command", &[])]).await.unwrap();
    let board = board(&store).await;
    let mut seen: Vec<String> = board.all().map(|seen| seen.task.id().to_string()).collect();
    seen.sort();
    assert_eq!(seen, ["by-hand", "own"]);
}
