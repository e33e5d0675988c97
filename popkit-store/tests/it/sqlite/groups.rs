//! Group commit: what shares a transaction shares nothing else.

use std::fs::File;

use popkit_store::{
    Action, ChangeRequest, CountQuery, ErrorKind, Inserted, OutcomeKind, Result, SqliteStore,
    TaskStore as _, TaskStoreExt as _,
};
use popkit_testkit::{Scratch, scratch};
use tokio::task::JoinHandle;

use super::support::{agent, beside, id, open, options, task, task_of, work_off};

/// Holds the writer up, so that what is called meanwhile becomes one group.
struct Held(File);

impl Held {
    /// Keeps the turn; the first call waits for it.
    fn new(folder: &Scratch, store: &SqliteStore) -> (Self, JoinHandle<Result<Inserted>>) {
        let turn = File::open(folder.join("tasks.db.lock")).unwrap();
        turn.lock().unwrap();
        let first = spawn(store, |store| async move { store.insert(task("first")).await });
        (Self(turn), first)
    }

    async fn release(self) {
        // What was spawned is sent when it is first polled, which is now.
        tokio::task::yield_now().await;
        self.0.unlock().unwrap();
    }
}

fn spawn<T, F>(store: &SqliteStore, call: impl FnOnce(SqliteStore) -> F) -> JoinHandle<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    tokio::runtime::Handle::current().spawn(call(store.clone()))
}

#[tokio::test]
async fn many_callers_lose_nothing() {
    let folder = scratch();
    let store = open(&folder).await;
    let calls: Vec<_> = (0..500)
        .map(|n| spawn(&store, move |s| async move { s.insert(task(&format!("t{n}"))).await }))
        .collect();
    for call in calls {
        assert!(call.await.unwrap().unwrap().is_created());
    }
    let workers: Vec<_> = (0..16)
        .map(|n| {
            spawn(&store, move |store| async move {
                let (by, mut mine) = (agent(&format!("agent-{n}")), Vec::new());
                while let Some(task) = work_off(&store, &by).await.unwrap() {
                    mine.push(task);
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 500, "each once");
}

#[tokio::test]
async fn call_that_fails_after_writing_undoes_itself_alone() {
    let folder = scratch();
    let store = options(&folder).max_lanes(3).open().await.unwrap();
    let (held, first) = Held::new(&folder, &store);
    let before = spawn(&store, |s| async move { s.insert(task_of("a", "before")).await });
    // Registers one lane, then finds no room for the other.
    let wide = spawn(&store, |s| async move {
        s.insert_many(vec![task_of("b", "b"), task_of("c", "c")]).await
    });
    let missing = spawn(&store, |s| async move {
        s.change(ChangeRequest::new(id("nobody"), Action::Enqueue, "me")).await
    });
    let after = spawn(&store, |s| async move { s.insert(task_of("d", "after")).await });
    held.release().await;
    first.await.unwrap().unwrap();
    before.await.unwrap().unwrap();
    assert_eq!(wide.await.unwrap().unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(missing.await.unwrap().unwrap_err().kind(), ErrorKind::NotFound);
    after.await.unwrap().unwrap();

    let counts = store.counts(CountQuery::default().with_lanes()).await.unwrap();
    assert_eq!((counts.ready, counts.lanes.len()), (3, 3));
    let by = agent("a");
    for name in ["first", "before", "after"] {
        assert_eq!(work_off(&store, &by).await.unwrap(), Some(id(name)));
    }
}

/// A trigger of the test makes SQLite refuse a row, once the transaction has other work in
/// it.
fn refuse_row(folder: &Scratch, how: &str) {
    let sql = format!(
        "CREATE TRIGGER refuse BEFORE INSERT ON task WHEN NEW.id = 'bad'
         BEGIN SELECT RAISE({how}, 'refused by the test'); END"
    );
    beside(folder).execute_batch(&sql).unwrap();
}

#[tokio::test]
async fn failed_statement_undoes_its_call_alone() {
    let folder = scratch();
    let store = open(&folder).await;
    refuse_row(&folder, "ABORT");
    let (held, first) = Held::new(&folder, &store);
    let before = spawn(&store, |s| async move { s.insert(task("before")).await });
    let bad = spawn(&store, |s| async move {
        s.insert_many(vec![task_of("undone", "good"), task("bad")]).await
    });
    let after = spawn(&store, |s| async move { s.insert(task_of("other", "after")).await });
    held.release().await;
    first.await.unwrap().unwrap();
    before.await.unwrap().unwrap();
    let error = bad.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unexpected, OutcomeKind::NotApplied));
    after.await.unwrap().unwrap();
    assert!(store.get(&id("good")).await.unwrap().is_none());
    let task = store.get(&id("after")).await.unwrap().unwrap();
    assert_eq!(task.spec.kind.as_str(), "other", "not the spec of the undone task");
    assert_eq!(task.score.seq, 3, "after the first and before");
}

#[tokio::test]
async fn failure_of_the_whole_transaction_reaches_every_call() {
    let folder = scratch();
    let store = open(&folder).await;
    refuse_row(&folder, "ROLLBACK");
    let (mut kept, mut shared) = (0, false);
    // Who is in one group with the bad one is for the writer to say.
    for round in 0..100 {
        let (held, first) = Held::new(&folder, &store);
        let before =
            spawn(&store, move |s| async move { s.insert(task(&format!("b{round}"))).await });
        let bad = spawn(&store, |s| async move { s.insert(task("bad")).await });
        let after =
            spawn(&store, move |s| async move { s.insert(task(&format!("a{round}"))).await });
        held.release().await;
        for call in [first, before, after] {
            match call.await.unwrap() {
                Ok(inserted) => kept += u64::from(inserted.is_created()),
                Err(error) => {
                    assert!(error.is_retryable(), "{error}");
                    assert_eq!(error.outcome(), OutcomeKind::NotApplied);
                    shared = true;
                }
            }
        }
        assert_eq!(bad.await.unwrap().unwrap_err().kind(), ErrorKind::Unexpected);
        let counts = store.counts(CountQuery::default()).await.unwrap();
        assert_eq!((counts.ready, counts.total()), (kept, kept), "nothing undone is counted");
        if shared {
            return;
        }
    }
    panic!("no two calls ever shared a group");
}

#[tokio::test]
async fn failed_call_on_its_own_leaves_nothing_behind() {
    let folder = scratch();
    let store = open(&folder).await;
    refuse_row(&folder, "ABORT");
    for _ in 0..3 {
        let batch = vec![task_of("lost", "good"), task("bad")];
        store.insert_many(batch).await.unwrap_err();
    }
    store.insert(task_of("kept", "t")).await.unwrap();
    let task = store.get(&id("t")).await.unwrap().unwrap();
    assert_eq!((task.score.seq, task.spec.kind.as_str()), (1, "kept"));
    let counts = store.counts(CountQuery::default().with_lanes()).await.unwrap();
    assert_eq!((counts.total(), counts.lanes.len()), (1, 1));
    assert_eq!(work_off(&store, &agent("a")).await.unwrap(), Some(id("t")));
}
