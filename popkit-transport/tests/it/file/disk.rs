//! Full disks, folders that cannot be written, folders that go away.

use std::fs;

use popkit_testkit::{ReadOnlyDir, SmallFs, scratch, small_fs};
use popkit_transport::{
    ErrorKind, FileOptions, FileTransport, OutcomeKind, Publish, Transport as _, TransportExt as _,
};

use super::support::{channel, line, open, publish, told};

#[tokio::test]
async fn full_disk_refuses_and_recovers() {
    let Some(disk) = small_fs(1024 * 1024) else { return };
    let transport = open(disk.join("messages")).await;
    let mut kept = 0;
    let error = loop {
        match transport.publish(&channel("c"), vec![b'x'; 30_000]).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 100, "the disk does not fill up");
    };
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Full, OutcomeKind::NotApplied));
    assert!(error.to_string().contains("make room"), "{error}");
    assert_eq!(told(&transport).await.len(), kept, "what was accepted is there, and no more");
    // On a full disk nothing is lost by trying again, either.
    transport.publish(&channel("c"), vec![b'x'; 300_000]).await.unwrap_err();
    let other = open(disk.join("messages")).await;
    assert_eq!(told(&other).await.len(), kept);
    disk_gets_room(&disk, &transport, kept).await;
}

fn remount_larger(disk: &SmallFs) {
    let mut mount = std::process::Command::new("mount");
    let status = mount.args(["-o", "remount,size=4m"]).arg(disk.path()).status().unwrap();
    assert!(status.success());
}

async fn disk_gets_room(disk: &SmallFs, transport: &FileTransport, kept: usize) {
    remount_larger(disk);
    publish(transport, &["after"]).await;
    let told = told(transport).await;
    assert_eq!((told.len(), told.last().map(String::as_str)), (kept + 1, Some("after")));
}

#[tokio::test]
async fn a_batch_that_fills_the_disk_is_accepted_as_far_as_it_is_there() {
    let Some(disk) = small_fs(1024 * 1024) else { return };
    let transport = open(disk.join("messages")).await;
    // Taken before the disk is full, so that what readers saw is what was accepted.
    let mut reader = transport.subscribe(&[channel("c")]).await.unwrap();
    let batch = (0..60).map(|n| Publish::new(channel("c"), format!("{n:0>30000}"))).collect();
    let answers = transport.publish_batch(batch).await.unwrap();
    let kept = answers.iter().take_while(|answer| answer.is_ok()).count();
    assert!((1..60).contains(&kept), "{kept}");
    for answer in answers.iter().skip(kept) {
        let error = answer.as_ref().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Full, OutcomeKind::NotApplied));
    }
    assert_eq!(told(&transport).await.len(), kept);
    for n in 0..kept {
        assert_eq!(line(reader.next().await.unwrap().unwrap()), format!("{n:0>30000}"));
    }
    remount_larger(&disk);
    publish(&transport, &["after"]).await;
    assert_eq!(line(reader.next().await.unwrap().unwrap()), "after", "no number is given twice");
}

#[tokio::test]
async fn disk_that_is_full_from_the_start() {
    let Some(disk) = small_fs(64 * 1024) else { return };
    fs::write(disk.join("ballast"), vec![0; 56 * 1024]).unwrap();
    let error = match FileOptions::new(disk.join("messages")).open().await {
        Err(error) => error,
        Ok(transport) => transport.publish(&channel("c"), vec![0; 9000]).await.unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fill = |path: &std::path::Path| {
        runtime.block_on(async {
            let transport = open(path.join("messages")).await;
            publish(&transport, &["one"]).await;
            transport.close().await.unwrap();
        });
    };
    let Some(folder) = ReadOnlyDir::new(fill) else { return };
    runtime.block_on(async {
        let error = FileOptions::new(folder.join("new")).open().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.to_string().contains(folder.join("new").to_str().unwrap()), "{error}");
        let transport = open(folder.join("messages")).await;
        assert_eq!(told(&transport).await, ["one"], "reading needs no right to write");
        let error = transport.publish(&channel("c"), "two").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert_eq!(error.to_string().lines().count(), 1);
    });
}

#[tokio::test]
async fn a_folder_that_went_away_is_named() {
    let folder = scratch();
    let transport = open(folder.join("messages")).await;
    fs::remove_dir_all(folder.join("messages")).unwrap();
    let error = transport.publish(&channel("c"), "one").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("messages"), "{error}");
    assert!(transport.ping().await.is_err());
}
