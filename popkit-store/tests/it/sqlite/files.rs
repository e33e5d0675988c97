//! The files: whose they are, and what is left of them.

use std::fs;

use popkit_store::{
    CountQuery, Document, SaveOptions, StateKey, StateStore as _, TaskStore as _, TaskStoreExt as _,
};
use popkit_testkit::scratch;

use super::support::{agent, id, open, options, task, work_off};

#[cfg(unix)]
#[tokio::test]
async fn are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = scratch();
    let store = open(folder.join("a/b")).await;
    store.insert(task("t")).await.unwrap();
    let mode = |name: &str| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("a"), mode("a/b")), (0o700, 0o700));
    let mut seen = 0;
    for entry in fs::read_dir(folder.join("a/b")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(mode(&format!("a/b/{name}")), 0o600, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 5, "the database, its log, its index and two locks");
}

#[tokio::test]
async fn everything_is_there_again() {
    let folder = scratch();
    let store = open(&folder).await;
    let key = StateKey::new("a:b").unwrap();
    let saved = store.save(&key, Document::text("x"), SaveOptions::default()).await.unwrap();
    store.insert_many(vec![task("one"), task("two")]).await.unwrap();
    assert_eq!(work_off(&store, &agent("a")).await.unwrap(), Some(id("one")));
    let (one, events) =
        (store.get(&id("one")).await.unwrap(), store.events_of(&id("one")).await.unwrap());
    store.close().await.unwrap();
    assert!(!folder.join("tasks.db-wal").exists(), "the log was copied back");

    let store = open(&folder).await;
    assert_eq!(store.get(&id("one")).await.unwrap(), one);
    assert_eq!(store.events_of(&id("one")).await.unwrap(), events);
    assert_eq!(store.load(&key).await.unwrap().unwrap().version, saved);
    assert_eq!(work_off(&store, &agent("a")).await.unwrap(), Some(id("two")));
    let counts = store.counts(CountQuery::default()).await.unwrap();
    assert_eq!((counts.ready, counts.done), (0, 2));
}

#[tokio::test]
async fn url_opens_it() {
    let folder = scratch();
    let url = format!("sqlite:{}?durability=crash-safe", folder.join("tasks.db").display());
    let opened = popkit_store::open(&url).await.unwrap();
    opened.tasks.insert_opts(vec![task("t")], Default::default()).await.unwrap();
    let other = options(&folder).open().await.unwrap();
    assert!(other.get(&id("t")).await.unwrap().is_some());
    let error = popkit_store::open(&format!("{url}&speed=9")).await.unwrap_err();
    assert!(error.to_string().contains("unknown option \"speed\""), "{error}");
}

/// Two names for one file must not mean two locks.
#[cfg(unix)]
#[tokio::test]
async fn links_lead_to_the_same_store() {
    let folder = scratch();
    let store = open(folder.join("real")).await;
    std::os::unix::fs::symlink(folder.join("real"), folder.join("other")).unwrap();
    std::os::unix::fs::symlink("real/tasks.db", folder.join("link.db")).unwrap();
    let by_folder = open(folder.join("other")).await;
    let by_file = popkit_store::SqliteOptions::new(folder.join("link.db")).open().await.unwrap();
    by_folder.insert(task("t")).await.unwrap();
    by_file.insert(task("u")).await.unwrap();
    assert_eq!(store.counts(CountQuery::default()).await.unwrap().ready, 2);
    assert!(!folder.join("link.db.lock").exists());
}
