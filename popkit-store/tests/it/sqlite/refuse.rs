//! What is in the way is refused, with its name and the mend, and left as it is.

use std::fs;
use std::path::Path;
use std::time::Duration;

use popkit_protocol::ScoreMode;
use popkit_store::{
    CountQuery, Durability, ErrorKind, OutcomeKind, SqliteOptions, TaskStore as _,
    TaskStoreExt as _,
};
use popkit_testkit::{ReadOnlyDir, scratch, small_fs};

use super::support::{beside, open, options, refusal, task};

#[tokio::test]
async fn another_programs_database_is_left_alone() {
    let folder = scratch();
    let path = folder.join("notes.db");
    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE note(text)").unwrap();
    drop(foreign);
    let before = fs::read(&path).unwrap();
    let error = refusal(&path).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("another program"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);

    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign.execute_batch("DROP TABLE note; PRAGMA application_id = 7").unwrap();
    drop(foreign);
    assert_eq!(refusal(&path).await.kind(), ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn later_version_is_left_alone() {
    let folder = scratch();
    open(&folder).await.close().await.unwrap();
    beside(&folder).execute_batch("PRAGMA user_version = 99").unwrap();
    let error = refusal(folder.join("tasks.db")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("upgrade popkit"), "{error}");
}

/// A process that was started before an upgrade must not write what it does not know.
#[tokio::test]
async fn upgrade_under_an_open_store_is_noticed() {
    let folder = scratch();
    let store = open(&folder).await;
    store.insert(task("before")).await.unwrap();
    beside(&folder).execute_batch("PRAGMA user_version = 99").unwrap();
    let error = store.insert(task("after")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::InvalidConfig, OutcomeKind::NotApplied)
    );
    assert_eq!(store.counts(CountQuery::default()).await.unwrap().ready, 1);
}

#[tokio::test]
async fn score_mode_belongs_to_the_store() {
    let folder = scratch();
    let ageing = |secs| ScoreMode::Ageing { step: Duration::from_secs(secs) };
    options(&folder).mode(ageing(60)).open().await.unwrap().close().await.unwrap();
    for other in [ScoreMode::Strict, ageing(61)] {
        let error = options(&folder).mode(other).open().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().contains("ageing:1m"), "{error}");
    }
    options(&folder).mode(ageing(60)).open().await.unwrap();
    options(&folder).open().await.unwrap();
    let endless = options(&folder).mode(ScoreMode::Ageing { step: Duration::MAX });
    assert_eq!(endless.open().await.unwrap_err().kind(), ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn options_out_of_their_range() {
    let folder = scratch();
    for wrong in [options(&folder).durability(Durability::Volatile), options(&folder).max_lanes(0)]
    {
        assert_eq!(wrong.open().await.unwrap_err().kind(), ErrorKind::InvalidConfig);
    }
    assert!(!folder.join("tasks.db").exists());
}

#[tokio::test]
async fn paths_that_name_no_file() {
    let folder = scratch();
    assert_eq!(refusal(folder.path()).await.kind(), ErrorKind::InvalidConfig);
    fs::write(folder.join("file"), "x").unwrap();
    assert_eq!(refusal(folder.join("file/tasks.db")).await.kind(), ErrorKind::InvalidConfig);
}

/// Not a test of tokio's: the folder is filled outside of any runtime.
#[test]
fn read_only_folder() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fill = |path: &Path| {
        runtime.block_on(async { open(path).await.close().await.unwrap() });
    };
    let Some(folder) = ReadOnlyDir::new(fill) else { return };
    for name in ["tasks.db", "new.db"] {
        let error = runtime.block_on(refusal(folder.join(name)));
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.message().contains("must be writable"), "{error}");
    }
}

#[tokio::test]
async fn full_disk_refuses_and_recovers() {
    let Some(disk) = small_fs(1024 * 1024) else { return };
    let store = SqliteOptions::new(disk.join("tasks.db")).open().await.unwrap();
    let mut kept = 0;
    let error = loop {
        let payload = popkit_protocol::Json::encode(&"x".repeat(20_000)).unwrap();
        match store.insert(task(&format!("t{kept}")).with_payload(payload)).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 100, "the disk does not fill up");
    };
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    assert_eq!(store.counts(CountQuery::default()).await.unwrap().ready, kept);
    // Closing empties the log, and that makes room.
    store.close().await.unwrap();
    let store = SqliteOptions::new(disk.join("tasks.db")).open().await.unwrap();
    assert_eq!(store.counts(CountQuery::default()).await.unwrap().ready, kept);
    store.insert(task("small")).await.unwrap();
}

#[tokio::test]
async fn disk_that_is_full_from_the_start() {
    let Some(disk) = small_fs(64 * 1024) else { return };
    let error = refusal(disk.join("tasks.db")).await;
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
}
