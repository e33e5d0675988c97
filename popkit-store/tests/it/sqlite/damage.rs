//! A damaged store is refused; never overwritten, never made anew.

use std::fs::{self, OpenOptions};
use std::path::Path;

use popkit_store::{ErrorKind, TaskStore as _, TaskStoreExt as _};
use popkit_testkit::{Scratch, scratch};

use super::support::{open, refusal, task};

/// A closed store of some pages.
async fn filled() -> Scratch {
    let folder = scratch();
    let store = open(&folder).await;
    let batch = (0..500).map(|n| task(&format!("task-{n}")).with_title("x".repeat(100)));
    store.insert_many(batch.collect()).await.unwrap();
    store.close().await.unwrap();
    folder
}

async fn is_refused_and_untouched(path: &Path) {
    let before = fs::read(path).unwrap();
    let error = refusal(path).await;
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.message().contains("restore a backup"), "{error}");
    assert!(fs::read(path).unwrap() == before, "{} was changed", path.display());
}

#[tokio::test]
async fn garbage() {
    let folder = scratch();
    for (name, content) in [("short", &b"hello"[..]), ("long", &[0x5a; 100_000])] {
        fs::write(folder.join(name), content).unwrap();
        is_refused_and_untouched(&folder.join(name)).await;
    }
}

#[tokio::test]
async fn destroyed_header() {
    let folder = filled().await;
    let path = folder.join("tasks.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..16].fill(0);
    fs::write(&path, bytes).unwrap();
    is_refused_and_untouched(&path).await;
}

#[tokio::test]
async fn destroyed_page_in_the_middle() {
    let folder = filled().await;
    let path = folder.join("tasks.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0xff;
    }
    fs::write(&path, bytes).unwrap();
    is_refused_and_untouched(&path).await;
}

#[tokio::test]
async fn missing_end() {
    let folder = filled().await;
    let path = folder.join("tasks.db");
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    is_refused_and_untouched(&path).await;
}

/// An empty file is what is left of a store after some repairs; it must not pass for new.
#[tokio::test]
async fn emptied_file() {
    let folder = filled().await;
    let path = folder.join("tasks.db");
    fs::write(&path, "").unwrap();
    is_refused_and_untouched(&path).await;
    // Without a trace of a store beside it, it is a new one.
    fs::remove_file(folder.join("tasks.db.lock")).unwrap();
    open(&folder).await;
}

#[tokio::test]
async fn damage_that_shows_later_stops_the_call() {
    let folder = filled().await;
    let store = open(&folder).await;
    let beside = super::support::beside(&folder);
    beside.execute_batch("UPDATE body SET data = '{' WHERE part = 4").unwrap();
    let error = store.get(&super::support::id("task-0")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("tasks.db"), "{error}");
    assert!(store.get(&super::support::id("task-1")).await.unwrap().is_some());
}
